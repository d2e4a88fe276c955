# SPDX-License-Identifier: AGPL-3.0-or-later
"""The closed vocabularies of a reading: situations, intents, risks, signs, varieties."""

from typing import Final, Literal

Language = Literal["ar", "fr", "other"]
Variety = Literal["darija", "msa", "arabizi", "fr", "mixed"]

VARIETIES: Final = ("darija", "msa", "arabizi", "fr", "mixed")

SITUATIONS: Final = (
    "threat_to_publish",
    "ex_partner_threat",
    "already_published",
    "repair_shop_leak",
    "lost_or_stolen_device",
    "hacked_account",
    "money_scam",
    "deepfake",
    "impersonation",
    "harassment",
    "data_breach",
    "call_recording",
    "unsolicited_messages",
    "data_misuse",
)

INTENTS: Final = (
    "greet",
    "thank",
    "goodbye",
    "affirm",
    "deny",
    "ask_about_bot",
    "ask_what_to_do",
    "ask_evidence",
    "ask_where_to_report",
    "ask_law",
    "ask_pay",
    "already_paid",
    "ask_takedown",
    "ask_secure_account",
    "file_complaint",
    "follow_up",
    "talk_to_human",
    "erase_me",
    "stop",
    "subscribe_tips",
    "unsubscribe_tips",
    "change_language",
    "out_of_scope",
)

RISKS: Final = (
    "self_harm",
    "physical_danger",
    "minor",
    "for_someone_else",
    "deadline",
    "money_demanded",
    "sexual_demand",
)

DANGERS: Final = frozenset({"self_harm", "physical_danger"})

# What the classifier weighs for itself: either danger, told apart afterwards.
DANGER: Final = "danger"

SIGNS: Final = frozenset(
    {
        "quick_exit",
        "safe",
        "unsafe",
        "adult",
        "minor_said",
        "send_it",
        "no_complaint",
        "for_me",
        "for_other",
        "skip",
        "later",
        "not_alone",
        "correction",
        "shame",
        "afraid",
        "worn",
        "written_down",
        "that_is_all",
        "no_intimate",
        "only_receipt",
        "back",
        "morning",
        "evening",
        "withdraw_too",
        "lives_with",
        "privacy",
        "ask_block",
        "ask_meet",
        "ask_record",
        "ask_revenge",
        "ask_delete",
        "ask_parents",
        "ask_images",
        "ask_recovery",
        "ask_abroad",
        "ask_bluff",
        "email_threat",
        "home_anger",
        "no_erase",
        "threatened",
        "spread",
        "ask_papers",
        "ask_next",
        "paid_already",
        "repair_before",
        "ask_backup",
        "public_site",
        # journeys.yml
        "got_images",
        "found_images",
        "did_harm",
        "call_me",
        "ask_woman",
        "no_parents",
        "parent_asks",
        "police_refused",
        "offender_police",
        "me_abroad",
        "professional",
        "cannot_read",
        "ask_cover",
        "remind_me",
        "no_reminder",
        "exposure",
        "ask_exposure",
        "ask_settlement",
        "ask_state",
        "phone_told",
        "tonight",
        "help_coming",
        "own_age",
        "want_french",
        "want_arabic",
    }
)

# The most specific way it happened names the case; a threat or a publication that came of it
# is kept beside it.
WAYS: Final = frozenset(
    {
        "repair_shop_leak",
        "lost_or_stolen_device",
        "hacked_account",
        "deepfake",
        "call_recording",
        "impersonation",
    }
)

# Ranks of the precedence: lower wins. Situations that no rule ranks stand between a way and a
# publication: only confidence decides among them.
RANKS: Final = {
    **dict.fromkeys(WAYS, 0),
    "already_published": 1,
    "threat_to_publish": 2,
    "ex_partner_threat": 2,
    "harassment": 3,
}

# Never about a question of their own: they give way to anything else in the same message.
COURTESIES: Final = frozenset({"greet", "thank", "goodbye", "affirm", "deny", "out_of_scope"})


def is_situation(label: str) -> bool:
    """Tell a situation from an intent."""
    return label in _SITUATIONS


_SITUATIONS: Final = frozenset(SITUATIONS)
