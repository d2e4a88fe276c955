# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every "no" the web says: a short code and a gentle sentence in both languages, never a trace."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.web.headers import HEADERS

_SENTENCES: Final = {
    "unreadable": (
        400,
        "وصلت الرسالة ناقصة ولم نفهمها. يمكن إرسالها مرة أخرى.",
        "Le message est arrivé incomplet. Vous pouvez l'envoyer à nouveau.",
    ),
    "no_visitor": (
        401,
        "انتهت هذه المحادثة هنا. يمكن فتح الصفحة من جديد.",
        "Cette conversation est terminée ici. Vous pouvez rouvrir la page.",
    ),
    "not_asked_for": (
        403,
        "لم يرسل أي ملف. نطلب الموافقة قبل استقبال أي شيء.",
        "Aucun fichier n'a été envoyé. Rien n'est reçu avant votre accord.",
    ),
    "nothing_here": (404, "لا شيء في هذا العنوان.", "Il n'y a rien à cette adresse."),
    "too_slow": (
        408,
        "الاتصال بطيء ولم تصل الرسالة كاملة. يمكن إرسالها مرة أخرى.",
        "La connexion est lente, le message n'est pas arrivé. Vous pouvez le renvoyer.",
    ),
    "too_long": (
        413,
        "الرسالة طويلة جدا. يمكن إرسالها في أجزاء.",
        "Le message est trop long. Vous pouvez l'envoyer en plusieurs parties.",
    ),
    "other_team": (
        409,
        "تغير فريق المستشارين الآن. يمكن الإرسال مرة أخرى.",
        "L'équipe vient de changer. Vous pouvez envoyer à nouveau.",
    ),
    "too_many": (
        429,
        "طلبات كثيرة الآن. يمكن المحاولة بعد دقيقة.",
        "Beaucoup de demandes en ce moment. Vous pouvez réessayer dans une minute.",
    ),
    "fault": (
        500,
        "وقع خطأ عندنا. يمكن المحاولة بعد قليل.",
        "Une erreur est arrivée chez nous. Vous pouvez réessayer dans un instant.",
    ),
}


class Refusal(Exception):
    """The request goes no further; ``code`` is one of this file's words."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def answer(code: str) -> JSONResponse:
    """Return the refusal for *code*; it closes the connection, an unread body stays unread."""
    status, arabic, french = _SENTENCES[code]
    return JSONResponse(
        {"error": code, "ar": arabic, "fr": french},
        status_code=status,
        headers={"connection": "close"} if status in {403, 408, 413} else None,
    )


async def refused(_: Request, refusal: Exception) -> Response:
    """Answer a :class:`Refusal`."""
    return answer(refusal.code if isinstance(refusal, Refusal) else "fault")


async def left(_: Request, __: Exception) -> Response:
    """Answer nobody: the visitor hung up in the middle."""
    return Response(status_code=400)


async def nothing_here(_: Request, __: Exception) -> Response:
    """Answer a wrong address or method, without saying which."""
    return answer("nothing_here")


async def fault(_: Request, __: Exception) -> Response:
    """Answer when the bot itself failed; this is written outside the middleware that adds ours."""
    response = answer("fault")
    response.headers.update(HEADERS)
    return response
