"""Options of the enrichment that a user can choose."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from services.contracts.raw import LanguageTag

Profile = Literal["accurate", "fast"]


class EnrichmentOptions(BaseModel):
    """Options of the annotation pipeline; picklable, so that worker processes build their own pipeline."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    profile: Profile = "accurate"
    """Encoder of the package that is used. accurate: finds the most; fast: a smaller encoder, which reads more articles
    per core."""
    weights: str | None = None
    """Folder of your own weights, instead of the weights of a profile."""
    sentence_cache_bytes: int = Field(default=32_000_000, ge=0)
    """Memory of a worker, in bytes, for results of sentences that it has read, because wire copy repeats sentences; 0
    for none. It changes no result."""
    max_encoded_words: int = Field(default=5_000, ge=1)
    """Maximum number of words of an article that the encoder reads, so that a very long article does not delay the
    articles after it. A text with far more word pieces than news has is cut as well, at 1.5 word pieces for each of
    these words. The event then names the missing part in `enrichment.incomplete`."""
    default_language: LanguageTag | None = None
    """Language (BCP 47) of an article whose words leave its language open and whose sender names none, if the model
    finds it possible. Set it to "en" where English flashes of a few words arrive. It does not change the shard."""
    source_languages: dict[str, LanguageTag] = {}
    """The same for single sources, by `article.source` (a name, or a host without "www."), in any letter case; it comes
    before `default_language`. A feed has a `language` of its own in the feeds file."""
    linking: bool = True
    """True if entities are linked to a knowledge base, so that they have identifiers."""
    knowledge_base: str | None = None
    """Folder of your own knowledge base, which `copydesk kb build` wrote, instead of the starter base."""
    entity_list: str | None = None
    """File with your own entities, CSV or JSON Lines of `id`, `name`, `aliases`, `type` and `ignore`. They win over the
    knowledge base. The file is read again when it changes. `docs/linking.md` describes it."""
    on_failure: Literal["degrade", "fail"] = "degrade"
    """Action when a part of the enrichment fails. degrade: the article is published without that part; fail: the
    article goes to the dead-letter topic."""
