"""What petition does with what it hears: an offer starts clocks, the rest is as on any desk."""

from services.directory import facts as directory  # noqa: F401  (its entries are kept once registered)
from services.dispatch import facts as dispatch
from services.petition.model import ReceivePetition
from services.petition.tables import PETITIONS
from shared.desk.clocks import owed
from shared.desk.reactions import PATIENCE, Stamp, desk_reactions, handed_over, offered_to
from shared.listen.reactions import Heard, Reactions

NOTICE = ("petition_notice",)
OBJECTION = ("handoff_objection_petition", "handoff_objection")


def receive(heard: Heard, stamp: Stamp) -> ReceivePetition:
    """Receipt is the moment of the offer. Raises NoRuleInForce while its clocks are not known here."""
    notice = owed(heard.reference, NOTICE, heard.fact.at)
    objection = owed(heard.reference, OBJECTION, heard.fact.at)
    given = {**handed_over(heard.fact), "due_at": notice.due_at, "objection_due_at": objection.due_at}
    return ReceivePetition(
        **stamp,
        **given,
        notice_basis=notice.basis,
        objection_basis=objection.basis,
    )


REACTIONS = Reactions(
    ("cases", "reference"),
    {
        **desk_reactions("petition", PETITIONS, dispatch),
        dispatch.HandoffOffered: offered_to("petition", PETITIONS, receive),
    },
    patience=PATIENCE,
)
