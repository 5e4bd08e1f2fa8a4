"""Customers are found by eye and ear: letters however they are composed, numbers however they are written."""

import httpx
import pytest
from event_posting import DEALER

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("dealers")]
HOME = f"/v1/dealers/{DEALER}"


async def found(client: httpx.AsyncClient, query: str, kind: str = "customers", **more: object) -> list[str]:
    """The ids that a query finds."""
    answer = await client.get(f"{HOME}/{kind}", params={"query": query, **more})
    assert answer.status_code == 200, answer.text
    name = {"customers": "customer_id", "vehicles": "vin", "staff": "staff_id"}.get(kind, "id")
    return [item[name] for item in answer.json()["items"]]


@pytest.mark.parametrize(
    ("name", "queries"),
    [
        ("Jose\u0301 Silva", ["José", "jose", "JOSE\u0301", "silva jo", "Silva, José", "josesilva", "si"]),
        ("Łukasz Wójcik", ["lukasz", "wojcik", "ŁUKASZ W", "wojcik lukasz"]),
        ("Anne-Marie Müller", ["annemarie", "anne marie", "marie", "MULLER anne", "anne-marie"]),
        ("Jürgen Groß", ["gross", "jurgen groß", "GROSS"]),
        ("Пётр Йорданов", ["петр", "иорданов", "ПЁТР йорд"]),
        ("王小明", ["小明", "王", "王 小明"]),
        ("Søren O\u2019Brien", ["soren", "obrien", "o'brien", "brien"]),
        ("ﬁona Ｗｅｂｅｒ", ["fiona", "weber"]),
        ("محمد أحمد", ["محمد", "احمد", "أحمد محـمد", "مُحَمَّد"]),
        ("لیلى فاطمة", ["ليلي", "فاطمه", "لَيلى"]),
        ("שָׁלוֹם כהן", ["שלום", "כהן שלו", "שָׁלוֹם"]),
        ("Ærø Lœb Þór Guðmundsson", ["aero", "loeb", "thor", "gudmunds", "ÆRØ", "þór"]),
        ("Оксана Солом\u02bcяна", ["солом'яна", "яна", "соломяна"]),
        ("Αλέξανδρος Παπαδόπουλος", ["ΑΛΕΞΑΝΔΡΟΣ", "παπαδοπουλος"]),
        ("Nguyễn Thị Hương", ["nguyen huong", "NGUYÊN", "thị"]),
        ("İbrahim Işık Đặng", ["ibrahim", "isik", "dang", "IŞIK"]),
        ("ﾔﾏﾀﾞ 太郎 김민수", ["ヤマダ", "太郎", "김민"]),
    ],
)
async def test_names_by_eye(admin: httpx.AsyncClient, name: str, queries: list[str]) -> None:
    await admin.put(f"{HOME}/customers/C-1", json={"name": name})
    await admin.put(f"{HOME}/customers/C-2", json={"name": "Rui Costa"})
    for query in queries:
        assert await found(admin, query) == ["C-1"], query


@pytest.mark.parametrize(
    "query", ["ose", "ilva", "sms", "verified", "kind", "true", "channels", "%", "_", "a_b", "ana 9"]
)
async def test_neither_the_middle_of_words_nor_the_json_around_them(admin: httpx.AsyncClient, query: str) -> None:
    channels = [{"kind": "sms", "address": "+351912345678", "verified": True}]
    await admin.put(f"{HOME}/customers/C-1", json={"name": "Jose Silva", "channels": channels})
    assert await found(admin, query) == []


@pytest.mark.parametrize(
    "query",
    ["912 345 678", "+351 912-345-678", "(912) 345678", "tel:912345678", "00351 912345678", "345678", "5678", "351"],
)
async def test_numbers_in_any_spelling(admin: httpx.AsyncClient, query: str) -> None:
    for customer_id, number in (("C-1", "+351912345678"), ("C-2", "+351912000000")):
        channels = [{"kind": kind, "address": number} for kind in ("sms", "telephone")]
        await admin.put(f"{HOME}/customers/{customer_id}", json={"name": "Rui", "channels": channels})
    assert await found(admin, query) == (["C-1", "C-2"] if query == "351" else ["C-1"])
    assert await found(admin, "678") == []


@pytest.mark.parametrize(
    ("zone", "stored", "query"),
    [
        ("Europe/Kiev", "+380 67 123 45 67", "067 123 45 67"),
        ("Europe/London", "+44 7911 123456", "07911 123456"),
        ("America/Mexico_City", "+52 1 55 1234 5678", "+52 1 55 1234 5678"),
        ("Asia/Calcutta", "098765 43210", "+91 98765 43210"),
    ],
)
async def test_national_numbers_are_those_of_the_dealers_zone(
    admin: httpx.AsyncClient, zone: str, stored: str, query: str
) -> None:
    assert (await admin.put(HOME, json={"name": "L", "time_zone": zone})).status_code == 200
    record = {"channels": [{"kind": "whatsapp", "address": stored}]}
    assert (await admin.put(f"{HOME}/customers/C-1", json=record)).status_code == 201
    assert await found(admin, query) == ["C-1"]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("ana.silva@example.com", ["C-1"]),
        ("Ana.Silva", ["C-1"]),
        ("example", ["C-1"]),
        ("rua nova", ["C-2"]),
        ("NOVA 1200", ["C-2"]),
        ("C-1", ["C-1"]),
        ("c2", ["C-2"]),
    ],
)
async def test_addresses_and_ids(admin: httpx.AsyncClient, query: str, ids: list[str]) -> None:
    mail = [{"kind": "email", "address": "Ana.Silva@Example.com"}]
    post = [{"kind": "post", "address": "Rua Nova 5\n1200-001 Lisboa"}]
    await admin.put(f"{HOME}/customers/C-1", json={"channels": mail})
    await admin.put(f"{HOME}/customers/C-2", json={"channels": post})
    assert await found(admin, query) == ids


async def test_customers_by_plates_and_vins_of_their_vehicles(admin: httpx.AsyncClient) -> None:
    for customer_id, name in (("C-1", "Ana Silva"), ("C-2", "Rui Costa")):
        await admin.put(f"{HOME}/customers/{customer_id}", json={"name": name})
    vehicle = {"customer_id": "C-1", "plate": "AA-00-BB", "model": "Golf"}
    await admin.put(f"{HOME}/vehicles/WVWZZZ1JZXW000009", json=vehicle)
    for query in ("aa00bb", "AA 00 BB", "00-bb", "wvwzzz", "1JZXW0", "xw000009", "silva aa-00", "00bb ana"):
        assert await found(admin, query) == ["C-1"], query
    for query in ("golf", "0bb", "costa aa-00-bb", "aa00bc"):
        assert await found(admin, query) == [], query
    assert await found(admin, "golf", "vehicles") == ["WVWZZZ1JZXW000009"]
    assert await found(admin, "c-1 00bb", "vehicles") == ["WVWZZZ1JZXW000009"]
    await admin.put(f"{HOME}/vehicles/WVWZZZ1JZXW000009", json={**vehicle, "customer_id": "C-2"})
    assert await found(admin, "aa00bb") == ["C-2"]
    merged = await admin.post(f"{HOME}/customers/C-2/merge", json={"into": "C-1"})
    assert merged.status_code == 200
    assert await found(admin, "aa00bb") == ["C-1"]
    assert await found(admin, "costa") == []
    assert (await admin.delete(f"{HOME}/vehicles/WVWZZZ1JZXW000009")).status_code == 204
    assert await found(admin, "aa00bb") == []


async def test_numbers_by_any_four_signs_of_them_and_more(admin: httpx.AsyncClient) -> None:
    numbers = {"vehicles": "WBA8E9G59JNU12345", "customers": "351934567891"}
    await admin.put(f"{HOME}/customers/C-1", json={"channels": [{"kind": "sms", "address": "+351934567891"}]})
    await admin.put(f"{HOME}/customers/C-2", json={"channels": [{"kind": "sms", "address": "+447911123450"}]})
    await admin.put(f"{HOME}/vehicles/WBA8E9G59JNU12345", json={"customer_id": "C-1", "plate": "34-RX-91"})
    for kind, number in numbers.items():
        for signs in (4, 5, 8, 9, 12):
            for begin in range(len(number) - signs + 1):
                query = number[begin : begin + signs].lower()
                assert await found(admin, query, kind) == [number if kind == "vehicles" else "C-1"], query
    for query in ("4rx9", "34rx", "rx91", "rx-91 34", "c1 rx-91"):
        assert await found(admin, query, "vehicles") == ["WBA8E9G59JNU12345"], query
    for query in ("x9", "e9g6", "xe9g", "wba8e9g59jnu12346", "0934567891"[:4]):
        assert await found(admin, query, "vehicles") == [], query


async def test_changed_numbers_are_found_and_those_before_are_not(admin: httpx.AsyncClient) -> None:
    await admin.put(f"{HOME}/customers/C-1", json={"name": "Ana"})
    for plate, others in (("34-RX-91", ("77TT77",)), ("77-TT-77", ("34RX91",)), (None, ("34RX91", "77TT77"))):
        vehicle = {"customer_id": "C-1", "plate": plate}
        assert (await admin.put(f"{HOME}/vehicles/WBA8E9G59JNU12345", json=vehicle)).is_success
        for query in (plate or "WBA8", *others):
            assert await found(admin, query) == ([] if query in others else ["C-1"]), query


async def test_short_words_beside_others_count_where_names_are_frequent(admin: httpx.AsyncClient) -> None:
    for number, name in enumerate(("Ana Silva", "Ana Torres", "Ana Sousa", "Ana Costa"), 1):
        await admin.put(f"{HOME}/customers/C-{number}", json={"name": name})
    assert await found(admin, "ana s") == ["C-1", "C-3"]
    assert await found(admin, "co ana") == ["C-4"]
    assert await found(admin, "ana", limit=2) == ["C-1", "C-2"]


async def test_other_records(admin: httpx.AsyncClient) -> None:
    await admin.put(f"{HOME}/customers/C-1", json={"name": "Ana"})
    visit = {"customer_id": "C-1", "vin": "WVW 9000", "kind": "service", "starts_at": "2026-12-01T10:00:00Z"}
    await admin.put(f"{HOME}/appointments/A-100", json=visit)
    await admin.put(f"{HOME}/orders/O-100", json={"customer_id": "C-1", "kind": "parts", "status": "Bestätigt"})
    await admin.put(f"{HOME}/staff/S-1", json={"name": "Zoë Ács", "roles": ["salesperson"]})
    for kind, query, ids in (
        ("appointments", "wvw9000", ["A-100"]),
        ("appointments", "service c-1", ["A-100"]),
        ("appointments", "ana", []),
        ("orders", "bestatigt parts", ["O-100"]),
        ("orders", "o100", ["O-100"]),
        ("staff", "acs zoe", ["S-1"]),
        ("staff", "sales", ["S-1"]),
        ("staff", "person", []),
    ):
        assert await found(admin, query, kind) == ids, query
    named = (await admin.get("/v1/dealers", params={"query": "LISBOA"})).json()["items"]
    assert [item["dealer_id"] for item in named] == [DEALER]


async def test_another_dealers_customers_are_not_found(admin: httpx.AsyncClient) -> None:
    await admin.put("/v1/dealers/porto-01/customers/C-9", json={"name": "Ana Silva"})
    assert await found(admin, "silva") == []
