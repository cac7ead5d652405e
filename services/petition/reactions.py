"""What petition does with what it hears: an offer starts clocks, the rest is as on any desk."""

from services.directory import facts as directory  # noqa: F401  (its entries are kept once registered)
from services.dispatch import facts as dispatch
from services.petition.model import MODEL, Petition, ReceivePetition
from services.petition.tables import PETITIONS
from shared.desk.clocks import owed
from shared.desk.matter import RecountDue, SendBack, is_open
from shared.desk.reactions import PATIENCE, Stamp, desk_reactions, handed_over, offered_to
from shared.listen.reactions import Heard, Reactions
from shared.procedure.actor import service_actor
from shared.procedure.step import Command
from shared.record.aggregate import Write

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


def sent_back(heard: Heard) -> list[Write[Petition]]:
    """Handling goes on to the end that the centre has counted: with the days that the opinion had left."""
    fact: dispatch.ReworkOrdered = heard.fact
    stamp: Stamp = {"at": fact.at, "actor": service_actor("petition")}

    def commands(state: Petition) -> list[Command]:
        if not is_open(MODEL, state.status, SendBack):
            return []
        back, was = SendBack(**stamp, said=fact.reason), state.decision_due_at
        if fact.deadline is None or was is None or was == fact.deadline.due_at:
            return [back]
        return [back, RecountDue(**stamp, was=was, due_at=fact.deadline.due_at)]

    return [Write(PETITIONS, fact.handoff_id, commands)]


REACTIONS = Reactions(
    ("cases", "reference"),
    {
        **desk_reactions("petition", PETITIONS, dispatch),
        dispatch.HandoffOffered: offered_to("petition", PETITIONS, receive),
        dispatch.ReworkOrdered: sent_back,
    },
    patience=PATIENCE,
)
