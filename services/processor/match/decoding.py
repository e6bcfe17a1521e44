"""The decoders of the records that match reads: to structs, because a start reads a million of them."""

from __future__ import annotations

from services.contracts.decoding import check_record, decode_record
from services.contracts.event import AnnotatedArticle
from services.contracts.headers import ANNOTATED_TYPE
from services.contracts.state.verdict_log import VerdictRecord
from services.enrichment.structs import InvalidStructError, read_struct, to_struct
from services.errors import PermanentError
from services.runtime.kafka.records import ConsumedRecord


def decode_verdict(value: bytes) -> VerdictRecord:
    """Decode a record of the verdict log to a struct.

    Values that pydantic would convert to another type are refused. That is no loss, because the log only has records
    that match wrote. Raises PermanentError for bytes that are not a record of the verdict log.
    """
    try:
        return read_struct(VerdictRecord, value)
    except InvalidStructError as error:
        raise PermanentError(f"the value is not a record of the verdict log: {error}") from error


def decode_annotated(record: ConsumedRecord) -> AnnotatedArticle:
    """Decode a record of the annotated topic to a struct.

    pydantic reads what the struct refuses: it converts values, and it knows the reason of each error. Raises
    PermanentError as `decode_record` does.
    """
    document = check_record(record.value, record.headers, ANNOTATED_TYPE)
    try:
        return read_struct(AnnotatedArticle, document)
    except InvalidStructError:
        return to_struct(decode_record(AnnotatedArticle, document, record.headers, ANNOTATED_TYPE))
