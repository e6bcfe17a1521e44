"""Vocabulary of a few pieces and sentences on which a network trains in milliseconds."""

from __future__ import annotations

from collections.abc import Iterator

from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from services.enrichment.models.piece_cutter import PieceCutter
from services.training.batches import Batch, make_epoch
from services.training.corpus import Example
from services.training.shape import Shape

SMALL = Shape(layers=2, width=32, heads=4, intermediate=64, vocabulary=200, positions=300)

TAGGED = Example("wikigold", "", ("Tarnby-born", "Mara", "left", "."), ("B-MISC", "B-PER", "O", "O"))
JUDGED = Example("newsmtsc-train", "", text="Mara left.", targets=((0, 4, 2),), polarity=2)


def make_tokenizer() -> Tokenizer:
    """Build a tokenizer whose special pieces have BERT's numbers."""
    vocabulary = {f"[{index}]": index for index in range(104)}
    vocabulary["[UNK]"] = 104
    for piece in ("mara", "left", "tarn", "##by", "born", "-", "."):
        vocabulary[piece] = len(vocabulary)
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    return tokenizer


def make_batches(cutter: PieceCutter, epoch: int) -> Iterator[Batch]:
    """Yield the batches of one epoch over TAGGED and JUDGED."""
    corpus = {"wikigold": [TAGGED] * 6, "newsmtsc-train": [JUDGED] * 6}
    return make_epoch(corpus, {"PER": [("Mara",)]}, cutter, budget=40, seed=1, epoch=epoch)
