"""Questions of a voter's own in the blind test: typed, or a picture where pictures are searched with."""

from django.core.files.uploadedfile import UploadedFile

from webapp.runs.exhibits import Exhibit, Exhibits
from webapp.runs.reports import Report
from webapp.search.blind import SHOWN, BlindQuestion, sided
from webapp.search.models import BlindVoter
from webapp.search.own_keys import picture_key, picture_proof, typed_key
from webapp.search.services import Found, search_both, search_by_upload

SIDES = ("before", "after")


def typed_question(*, voter: BlindVoter, report: Report, text: str) -> BlindQuestion | None:
    """The two lists for a question that the voter typed; None where both models give the same. Raises
    SearchUnavailable."""
    lists = _lists(search_both(run=voter.run, text=text, k=SHOWN), report)
    return sided(voter, typed_key(text), Exhibit(" ".join(text.split())), lists) if lists else None


def picture_question(*, voter: BlindVoter, report: Report, file: UploadedFile) -> BlindQuestion | None:
    """The same for a picture that the voter sent, which is not kept."""
    found = search_by_upload(run=voter.run, file=file, k=SHOWN)
    lists, query = _lists(found, report), found["query"]
    if lists is None:
        return None
    key = picture_key(query["key"])
    asked = Exhibit((file.name or "").strip() or "Your picture", label=query["label"])
    proof = picture_proof(voter=voter, key=key)
    return sided(voter, key, asked, lists, thumbnail=query["thumbnail"], proof=proof)


def _lists(found: Found, report: Report) -> dict[str, list[Exhibit]] | None:
    """What both models found, by `before` and `after`; None where it is the same."""
    told = Exhibits.of_report(report)
    captions = {**told.captions, **found.get("captions", {})}
    shown = Exhibits(picture_documents=told.picture_documents, captions=captions, labels=found.get("labels", {}))
    lists = {side: [shown.document(str(name), content) for name, content, _ in found[side]] for side in SIDES}
    return lists if lists["before"] != lists["after"] else None
