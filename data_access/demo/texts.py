"""What the simulated people write, in the language of whoever tries the program; who does what is the same in each."""

from dataclasses import dataclass

DANISH, ENGLISH = "da", "en"


@dataclass(frozen=True)
class Texts:
    """`reasons`: why a customer wants to be called, by topic; as many in each language, so that the same is drawn."""

    reasons: dict[str, tuple[str, ...]]
    comments: tuple[str, ...]
    concern: str
    handed_over: str


TEXTS = {
    DANISH: Texts(
        {
            "general": (
                "Spørgsmål til præmien",
                "Vil gerne have et tilbud på ulykke",
                "Har fået ny bil",
                "Flytter til ny adresse",
            ),
            "claims": ("Vandskade i kælderen", "Stenslag i forruden", "Har fået stjålet cyklen"),
            "travel": ("Spørgsmål om afbestilling", "Dækker rejsen ski?"),
            "payment": ("Opkrævningen er sendt to gange", "Vil betale hver måned"),
            "policy": ("Police mangler ny adresse", "Ønsker højere selvrisiko"),
            "escalation": ("Vil tale med en leder",),
        },
        (
            "Ingen ringede tilbage",
            "Fik ikke svar på mit spørgsmål",
            "Ventede alt for længe",
            "Følte mig ikke hørt",
        ),
        "Kunden måtte ringe igen",
        "Står på KC-listen",
    ),
    ENGLISH: Texts(
        {
            "general": (
                "Asks about the premium",
                "Would like a quote for accident insurance",
                "Has a new car",
                "Moves to a new address",
            ),
            "claims": ("Water in the basement", "Stone chip in the windscreen", "Bicycle was stolen"),
            "travel": ("Asks about cancelling a trip", "Does the policy cover skiing?"),
            "payment": ("The bill came twice", "Wants to pay every month"),
            "policy": ("The policy lacks the new address", "Wants a higher excess"),
            "escalation": ("Wants to speak to a manager",),
        },
        (
            "Nobody called back",
            "My question was not answered",
            "I waited far too long",
            "I did not feel heard",
        ),
        "The customer had to call again",
        "Stands on KC's list",
    ),
}
