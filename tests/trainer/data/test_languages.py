"""Languages are told from whole questions, and not from names."""

import pytest

from trainer.data.languages import count_languages, language_of

SAID = {
    "English": ["How do I return a parcel?", "Where is the nearest shop to me", "can I pay by card and when"],
    "German": ["Wie kann ich ein Paket zurückgeben?", "Wo ist der nächste Laden", "Ich habe die Rechnung nicht"],
    "French": ["Comment est-ce que je peux payer ?", "Où est le magasin", "Je ne trouve pas ma facture"],
    "Spanish": ["¿Cómo puedo pagar la factura?", "¿Dónde está el paquete?", "No encuentro mi factura y quiero una"],
    "Italian": ["Come posso pagare con la carta?", "Dove è il mio pacco", "Perché non è ancora arrivato"],
    "Portuguese": ["Como posso pagar a minha conta?", "Onde está o meu pacote", "Não tenho como pagar com cartão"],
    "Dutch": ["Hoe kan ik een pakket terugsturen?", "Waar is de winkel", "Ik heb mijn factuur niet ontvangen"],
    "Polish": ["Jak mogę zapłacić za to?", "Gdzie jest moja paczka", "Czy to jest dla mnie"],
    "Turkish": ["Kargom nerede ve ne zaman gelir", "Bu ürün için nasıl iade var mı"],
    "Swedish": ["Hur kan jag betala och när", "Var är mitt paket som jag har"],
    "Cyrillic script": ["Где моя посылка?", "як оплатити рахунок"],
    "Greek": ["Πού είναι το δέμα μου;"],
    "Arabic script": ["أين طلبي؟"],
    "Hebrew": ["איפה החבילה שלי"],
    "Devanagari script": ["मेरा पार्सल कहाँ है"],
    "Thai": ["พัสดุของฉันอยู่ที่ไหน"],
    "Korean": ["제 소포는 어디에 있나요"],
    "Japanese": ["私の荷物はどこですか"],
    "Chinese": ["我的包裹在哪里"],
}


@pytest.mark.parametrize("language", SAID)
def test_languages(language: str) -> None:
    assert [language_of(text) for text in SAID[language]] == [language] * len(SAID[language])


@pytest.mark.parametrize("text", ["", "M4 screw", "iPhone 15", "123", "?!", "😀", "red", "Café Größe", "die cast"])
def test_a_few_words_say_nothing(text: str) -> None:
    assert language_of(text) == ""


def test_counting_puts_the_commonest_first() -> None:
    found = count_languages([*SAID["German"], *SAID["English"][:2], "M4"])
    assert {language: len(texts) for language, texts in found.items()} == {"German": 3, "English": 2}
    assert list(found) == ["German", "English"]
