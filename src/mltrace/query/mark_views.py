"""Views of what people said: flags, pins, subjects, retractions."""

from __future__ import annotations

from typing import Final

from mltrace.query.exported_views import exported_view
from mltrace.store.exporting import shapes

FLAGS: Final = exported_view(
    shapes.FLAGS,
    "an output that was flagged",
    """
    kind: what was flagged: a 'version' of an artifact, or the 'id' of an output
    output: the artifact, or the id
    digest: the digest of the version; null for none in particular
    flagged_at: when it was flagged or unflagged the last time
    is_flagged: whether it is flagged now
    reason: why
    flagged_by: by whom
    """,
)
PINS: Final = exported_view(
    shapes.PINS,
    "a run that was pinned, so that retention leaves it",
    """
    run_id: the run
    pinned_at: when it was pinned or unpinned the last time
    is_pinned: whether it is pinned now
    reason: why
    pinned_by: by whom
    """,
)
SUBJECT_SETS: Final = exported_view(
    shapes.SUBJECTS,
    "a set of subjects whose data an artifact holds",
    """
    digest: the digest of the version; null for all versions
    identity: the artifact
    labels_digest: the digest of the set of their labels
    num_labels: how many they are
    said_at: when it was said
    """,
)
RETRACTIONS: Final = exported_view(
    shapes.RETRACTIONS,
    "a subject whose data were retracted",
    """
    label: the subject
    retracted_at: when it was retracted, or that taken back, the last time
    is_retracted: whether it is retracted now
    grace_seconds: from when on runs that read its data may be blocked; null as the settings say
    reason: why
    retracted_by: by whom
    """,
)

VIEWS: Final = (FLAGS, PINS, SUBJECT_SETS, RETRACTIONS)
