"""What is new in an answer, as mail programs write answers, in the languages they write them in."""

import pytest

from journey_api.callbacks.html_text import text_of_html
from journey_api.callbacks.quoted_text import new_text

QUOTE = "> We have received it.\n> Lisboa Motors\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Obrigada.\n\nOn Mon, 23 Nov 2026 at 10:00, Lisboa Motors <r@x.example> wrote:\n" + QUOTE, "Obrigada."),
        (
            "Obrigada.\n\nOn Mon, Nov 23, 2026 at 10:00 AM Lisboa Motors <\n"
            "reply+0a1b@reply.example> wrote:\n\n" + QUOTE,
            "Obrigada.",
        ),
        ("Sim.\n\nLisboa Motors <r@x.example> escreveu (segunda, 23/11/2026 à(s) 10:00):\n\n" + QUOTE, "Sim."),
        ("Em seg., 23 de nov. de 2026 às 10:00, L <r@x.example> escreveu:\n" + QUOTE + "Sim, terça.", "Sim, terça."),
        ("Sí.\nEl lun, 23 nov 2026 a las 10:00, L (<r@x.example>) escribió:\n" + QUOTE, "Sí."),
        ("Да.\n23.11.2026 10:00, Lisboa Motors пишет:\n" + QUOTE, "Да."),
        ("пн, 23 нояб. 2026 г. в 10:00, L <r@x.example>:\n" + QUOTE, ""),
        ("好的。\n\nLisboa Motors <r@x.example> 于2026年11月23日周一 10:00写道：\n" + QUOTE, "好的。"),
        ("Danke.\n\nAm 23.11.26 um 10:00 schrieb Lisboa Motors:\n" + QUOTE, "Danke."),
        ("Merci.\nLe lun. 23 nov. 2026 à 10:00, L <r@x.example> a écrit :\n" + QUOTE, "Merci."),
        ("Yes.\n\n-----Original Message-----\nFrom: L\nSent: Monday\nTo: Ana\nSubject: x\n\nOld words", "Yes."),
        ("Sim.\n\n-----Mensagem original-----\nDe: L\nEnviada: segunda\n\nantigo", "Sim."),
        ("Yes.\n________________________________\nFrom: L\nSent: Monday\nTo: Ana\nSubject: x\n\nOld", "Yes."),
        ("Sim.\n\nDe: L <r@x.example>\nEnviado: 23 de novembro\nPara: Ana\nAssunto: RE: x\n\nantigo", "Sim."),
        ("是。\n\n发件人: L\n发送时间: 2026年11月23日\n收件人: Ana\n主题: x\n\n旧", "是。"),
        ("*From:* L\n*Sent:* Monday\n*To:* Ana\n*Subject:* x\n\nOld", ""),
        ("Yes.\n-- \nAna Sousa\n+351 912 345 678", "Yes."),
        ("> Which day?\nTuesday.\n> Which hour?\nTen.", "Tuesday.\nTen."),
        ("Yes.\r\n\r\n> old\r\n", "Yes."),
        ("Ja, gerne.\n\nVon: L\nGesendet: Montag\nAn: Ana\nBetreff: AW: x\n\nalt", "Ja, gerne."),
        ("Sì.\n\nIl giorno lun 23 nov 2026 alle ore 10:00 L <r@x.example> ha scritto:\n" + QUOTE, "Sì."),
        ("はい。\n\n2026年11月23日(月) 10:00 L <r@x.example>:\n" + QUOTE, "はい。"),
        ("Evet.\n\nL <r@x.example>, 23 Kas 2026 Pzt, 10:00 tarihinde şunu yazdı:\n" + QUOTE, "Evet."),
        ("Igen.\n\nL <r@x.example> ezt írta (időpont: 2026. nov. 23., H, 10:00):\n" + QUOTE, "Igen."),
        (
            "כן\n\n\u202bבתאריך 23.11.2026 10:00 מאת \u202aL\u202c <\u202ar@x.example\u202c\u200f>:\u202c\n" + QUOTE,
            "כן",
        ),
        (QUOTE, ""),
        ("", ""),
        # words of the customer that look like it, and are not
        ("As I wrote:\nthe screen restarts", "As I wrote:\nthe screen restarts"),
        ("On 12 March 2024 your advisor wrote:\nplease come", "On 12 March 2024 your advisor wrote:\nplease come"),
        ("From: Lisbon\nTo: Porto\nis where it stopped", "From: Lisbon\nTo: Porto\nis where it stopped"),
        ("From now on: no.\nTo be clear: no.", "From now on: no.\nTo be clear: no."),
        ("It costs -----nothing----- you say", "It costs -----nothing----- you say"),
    ],
)
def test_only_what_is_new_is_kept(text: str, expected: str) -> None:
    assert new_text(text) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            "<div>Sim, &eacute; <b>terça</b>.<br>Obrigada</div><div class='gmail_quote'>Em ... escreveu:</div>",
            "Sim, é terça.\nObrigada",
        ),
        (
            "<p>Yes</p><blockquote type='cite'><p>Old</p><blockquote>older</blockquote></blockquote><p>Ana</p>",
            "Yes\n\nAna",
        ),
        ("<style>p{color:red}</style><script>alert(1)</script><p>Yes</p>", "Yes"),
        ("<p>Yes</p><div id='appendonsend'></div><hr><div id='divRplyFwdMsg'>From: L</div><div>Old</div>", "Yes"),
        ("<p>Yes<p>No", "Yes\nNo"),
        ("<blockquote>unclosed", ""),
        ("a < b", "a < b"),
    ],
)
def test_of_html_what_is_seen_is_kept(html: str, expected: str) -> None:
    assert new_text(text_of_html(html)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a:\n" * 100_000,
        ">" * 1_000_000,
        "On " * 200_000 + "wrote:",
        "From: x\n" * 100_000,
        "-" * 1_000_000,
        "\n" * 1_000_000,
        " :" * 500_000,
    ],
)
def test_a_text_without_end_is_read_to_a_point(text: str) -> None:
    assert len(new_text(text)) <= 40_000


@pytest.mark.parametrize("piece", ["<div>", "<", "<!--", "&", "<a ", "</p>", "<blockquote>", "<p class='x", "<script>"])
def test_markup_without_end_is_read_to_a_point(piece: str) -> None:
    assert len(text_of_html(piece * 200_000)) <= 100_000
