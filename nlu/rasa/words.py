# SPDX-License-Identifier: AGPL-3.0-or-later
"""Our normal form and our script bridge as a part of Rasa's pipeline.

A token's text is a word in normal form, its lemma the consonants of that word. Rasa's own
featurizer counts either (``use_lemma``), so that nothing else of ours is needed there.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

from nlu.features import split
from nlu.normalize import normalize
from nlu.skeleton import skeletons

NOTHING = "_"  # a message without any word still needs a token


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class Words(Tokenizer):  # type: ignore[misc]  # Rasa has no types where ours are checked
    """Spells a message as the embedded engine does, and splits it into the same words."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Labels are not split: they are names."""
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
        }

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Return the words of *message*; places are those in its normal form."""
        normal = normalize(message.get(attribute))
        words = split(normal) or [NOTHING]
        tokens, at = [], 0
        for word, bones in zip(words, skeletons(words), strict=True):
            at = max(normal.find(word, at), at)
            tokens.append(Token(word, at, lemma=bones))
            at += len(word)
        return tokens
