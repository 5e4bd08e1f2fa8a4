"""Opting out in any language and any reasonable wording; a sentence that merely holds such a word is a message."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from event_posting import DEALER
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, update

from harness.provider_callbacks import NUMBER, SETTINGS, Records, hub_document, post_hub
from journey_api.callbacks.opt_out_words import opt_out_of
from journey_api.settings import ApiSettings
from shared.db.schema import notification, staff_message

STOP = [
    *[
        "STOPP",
        "СТОП",
        "Stop please",
        "Parar mensagens",
        "Abmelden",
        "Στοπ",
        "afmelden",
        "ΔΙΑΓΡΑΦΗ",
        "arrêt",
        "退订",
        "הסר",
    ],
    *["odhlásit", "Leiratkozás", "WYPISZ", "uitschrijven", "Avregistrera", "відписка"],
    *["توقف", "إيقاف", "बंद करो", "수신거부", "配信停止", "หยุด", "dezabonare", "durdur", "odjavi"],
    *["Bitte abmelden.", "ARRET SVP", "por favor, parar", "Gracias, darme de baja", "Стоп, пожалуйста", "STOP"],
    *["请退订", "退订短信,谢谢", "配信停止してください", "수신거부 부탁드립니다", "停止"],
    *["Stop sending me messages", "STOP TEXTING ME", "No more texts please", "please unsubscribe me from your list"],
    *["Não quero receber mais mensagens", "Bitte keine Nachrichten mehr", "I want to unsubscribe", "don't text me"],
    "STOP\n\nSent from my iPhone",
    "Parar\nEnviado do meu iPhone",
    "Abmelden\nGesendet von meinem Galaxy",
    "Stop\n-- \nAna Sousa\nRua Nova 1, Lisboa",
    "STOP\nAna Sousa",
    "Parar, obrigado.\nJoão",
    "\u202aSTOP\u202c \U0001f64f",
    "Stop. Stop! STOP",
    *["No quiero más mensajes", "Por favor no me escriban más", "Dejen de escribirme", "Ya no quiero recibir mensajes"],
    *["Não me enviem mais mensagens", "Remova-me da lista", "cancelar inscrição", "Quero deixar de receber mensagens"],
    *["Je ne veux plus de messages", "Arrêtez de m'envoyer des messages", "Laissez-moi tranquille", "stop svp"],
    *["Bitte von der Liste streichen", "Schreiben Sie mir nicht mehr", "Lassen Sie mich in Ruhe!", "keine SMS mehr"],
    *["non voglio più messaggi", "Cancellatemi dalla lista", "Meld mij af", "Stop asjeblieft", "Meld meg av"],
    *["Stop beskeder", "Lopettakaa viestit", "Nie chcę więcej wiadomości", "Proszę nie pisać", "už mi nepište"],
    *["Не пишите мне больше", "Не надо больше сообщений", "не пишіть мені", "mesaj istemiyorum", "abonelikten çık"],
    *["别再发了", "拒收", "配信解除", "配信停止希望", "구독 취소", "보내지 마세요", "หยุดส่งข้อความ", "từ chối tin nhắn"],
    *["لا ترسل", "لغو۱۱", "הסר אותי", "לא לשלוח הודעות", "तुरंत बंद करें", "मैसेज मत भेजो"],
    *["don’t text me anymore", "Leave me alone", "do not contact me again", "stop it please", "cancel all", "S.T.O.P."],
    "\U0001f6d1",
    "STOP - Ana",
    "Parar – João Sousa",
    "Stop\n\n> Ihr Auto ist fertig",
    "STOP\n\nOn Mon, 23 Nov 2026 at 10:00, Lisboa Motors wrote:\n> Hi",
    "Stop\n\nHolen Sie sich Outlook für iOS",
    "Parar\n\nObtenha o Outlook para Android",
    "退订\n发自我的iPhone",
]
MESSAGES = [
    "We have got to stop this noise",
    "Please stop by tomorrow",
    "stop\nthe noise is back",
    "Não pare o carro na rua",
    "Das Auto stoppt nicht mehr",
    "keine Ahnung",
    "Keine",
    "no more noise",
    "Quero marcar uma revisão",
    "the end",
    "non stop",
    "車が停止しました",
    "车停止了",
    "хватит ли бензина?",
    "Stop, the car is broken",
    "The bus stop",
    "cancelar a revisão de amanhã",
    "seis",
    "ret",
    "Sent from my iPhone",
    "Ana Sousa",
    "\u202a\u202c",
    *["I got no more texts from you, why?", "Don't stop", "Why did you stop sending updates?", "Stop-Go hurts it"],
    *["Ne pas arrêter", "Le moteur s'arrête", "arrêt de bus", "Kein Problem", "keine Nachrichten bekommen!"],
    *["Não parem!", "o carro para sozinho", "Baja presión en las ruedas", "Basta trocar o óleo?", "Sair às 5h"],
    *["Не стоит", "нет", "не хочу ждать", "取消明天的预约", "不要黑色的", "文字が出ない", "T-Roc", "N", "Red"],
    "Stop - the noise is back",
    "Tuesday - Ana",
]
ANSWERS = ["alto", "baixa", "cancelar", "Cancel", "annuler", "取消", "ABSAGEN", "iptal", "Cancelar, por favor"]


@pytest.mark.parametrize("text", STOP)
def test_a_wish_to_be_left_alone_is_understood(text: str) -> None:
    assert opt_out_of(text) == "stop"


@pytest.mark.parametrize("text", MESSAGES)
def test_a_sentence_is_a_message(text: str) -> None:
    assert opt_out_of(text) is None


@pytest.mark.parametrize("text", ANSWERS)
def test_words_that_are_ordinary_answers_too(text: str) -> None:
    assert opt_out_of(text) == "stop_or_answer"


@given(st.text(max_size=1_200))
def test_whatever_is_written_is_read(text: str) -> None:
    assert opt_out_of(text) in (None, "stop", "start", "stop_or_answer")


@given(st.sampled_from(STOP), st.sampled_from(["!", "...", " ", "\n", "\u00a0", " \U0001f6d1", "\u200b"]))
def test_signs_around_change_nothing(text: str, sign: str) -> None:
    assert opt_out_of(sign + text + sign) == "stop"


@pytest.mark.database
class TestAddresses:
    """What becomes of the address."""

    pytestmark = pytest.mark.usefixtures("dealers")

    @pytest.fixture
    def settings(self) -> ApiSettings:
        """Providers are configured."""
        return SETTINGS

    @pytest.mark.parametrize("text", ["Отписаться", "Stop mails please", "alto", "cancel"])
    async def test_it_is_closed_and_nothing_is_answered(
        self, provider: httpx.AsyncClient, records: Records, text: str
    ) -> None:
        await records.know(whatsapp=NUMBER)
        await _writes(provider, text)
        assert await records.closed() == [(DEALER, "whatsapp", "stop")]
        assert [row["kind"] for row in await records.contacts()] == ["courtesy"]

    @pytest.mark.parametrize("text", ["We must stop this leak", "please cancel my appointment"])
    async def test_a_message_leaves_it_open(self, provider: httpx.AsyncClient, records: Records, text: str) -> None:
        await records.know(whatsapp=NUMBER)
        await _writes(provider, text)
        assert await records.closed() == []
        assert [row["kind"] for row in await records.contacts()] == [None]

    @pytest.mark.parametrize("text", ["cancelar", "baixa", "Cancel please"])
    @pytest.mark.parametrize(
        ("minutes", "said", "closed"),
        [
            (59, {"template": "appointment_proposal"}, False),
            (1, {"template": "estimate_ready"}, False),
            (30, {"text": "Confirmar ou cancelar?"}, False),
            (61, {"template": "appointment_proposal"}, True),
            (30, {"template": "progress_update"}, True),
            (30, {"text": "O carro está pronto."}, True),
        ],
    )
    async def test_an_answer_to_a_question_is_a_word(
        self, provider: httpx.AsyncClient, records: Records, text: str, minutes: int, said: dict[str, str], closed: bool
    ) -> None:
        await records.know(whatsapp=NUMBER)
        await records.send("whatsapp", reference="wamid.0", at=records.clock() - timedelta(minutes=minutes))
        await _was_said(records, **said)
        await _writes(provider, text)
        assert await records.closed() == ([(DEALER, "whatsapp", "stop")] if closed else [])


async def _writes(provider: httpx.AsyncClient, text: str) -> None:
    item: dict[str, Any] = {"from": NUMBER[1:], "id": "wamid.1", "type": "text", "text": {"body": text}}
    assert (await post_hub(provider, hub_document(messages=[item]))).status_code == 200


async def _was_said(records: Records, **words: str) -> None:
    """The message that was sent was a person's."""
    async with records.database.transaction() as connection:
        changed = update(notification).values(message="MESSAGE").returning(notification.c.notification_id)
        notification_id = await connection.scalar(changed)
        row = {"notification_id": notification_id, "dealer_id": DEALER, "customer_id": "C-1", "staff_id": "S-1"}
        await connection.execute(insert(staff_message).values(**row, kind="proposal", at=records.clock(), **words))
