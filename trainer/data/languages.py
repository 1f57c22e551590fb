"""Which language a text is in, told from its script and its commonest small words. Nothing is learned or loaded."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

_SMALL_WORDS = {
    "English": """
        the a an and or of to in on for with is are was be not it this that what how why where when which who
        can could do does did my your our their have has i you we they from by at as if there
    """,
    "German": """
        der die das den dem des ein eine einen einem einer und oder nicht ist sind war wie was warum wo wann wer
        kann ich du er sie wir ihr mein meine mit auf für von zu zum zur im bei aus nach wird werden hat habe
    """,
    "French": """
        le la les un une des du de et ou est sont pas ne que qui quoi comment pourquoi où quand je tu il elle
        nous vous mon ma mes avec pour dans sur au aux par ce cette c'est être avoir
    """,
    "Spanish": """
        el la los las un una unos y o de del al es son no que qué quién cómo cuándo dónde por para con en mi tu
        su yo puedo se lo le está están hay como pero
    """,
    "Italian": """
        il lo la gli i un una e o di del della dei delle che chi non è sono come perché dove quando con per su
        nel nella mio mia posso ho ha si da dal al alla
    """,
    "Portuguese": """
        o a os as um uma e ou de do da dos das que quem não é são como porque onde quando com para por no na em
        meu minha posso eu você está ao
    """,
    "Dutch": """
        de het een en of van voor met is zijn was niet wat hoe waarom waar wanneer wie kan ik je jij wij mijn op
        in aan te bij naar om dat die deze er
    """,
    "Polish": """
        i w na z do nie jest są się to co jak dlaczego gdzie kiedy kto mogę mój moja dla od po przez czy ten ta
    """,
    "Turkish": """
        ve bir bu ne nasıl neden nerede kim için ile mi mı değil var yok ben benim çok daha gibi kadar
    """,
    "Swedish": """
        och att det som en ett är på för med av inte jag du vi hur varför var när vad kan min mitt till från om
    """,
}
_LANGUAGES_OF: dict[str, list[str]] = {}
for _language, _words in _SMALL_WORDS.items():
    for _word in _words.split():
        _LANGUAGES_OF.setdefault(_word, []).append(_language)

_SCRIPTS = {
    "CYRILLIC": "Cyrillic script",
    "GREEK": "Greek",
    "ARABIC": "Arabic script",
    "HEBREW": "Hebrew",
    "DEVANAGARI": "Devanagari script",
    "THAI": "Thai",
    "HANGUL": "Korean",
    "HIRAGANA": "Japanese",
    "KATAKANA": "Japanese",
    "CJK": "Chinese",
}
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_FEWEST = 2
"""Small words that speak for one language; one alone may be a name."""


def language_of(text: str) -> str:
    """The name of the language or script, in English; empty where the text does not say."""
    if not text.isascii() and (script := _script(text)):
        return script
    found: Counter[str] = Counter()
    for word in set(_WORD.findall(text.lower())):
        found.update(_LANGUAGES_OF.get(word, ()))
    if not found:
        return ""
    (best, times), *others = found.most_common(2)
    return best if times >= _FEWEST and times > (others[0][1] if others else 0) else ""


def _script(text: str) -> str:
    """Of a text that is not in Latin letters for the most part. Japanese is Chinese characters among its own."""
    names = Counter(unicodedata.name(letter, "LATIN").split()[0] for letter in text[:200] if letter.isalpha())
    if names["HIRAGANA"] + names["KATAKANA"] > 0.1 * names.total():
        return "Japanese"
    main, times = names.most_common(1)[0] if names else ("LATIN", 0)
    return _SCRIPTS.get(main, "") if times > 0.5 * names.total() else ""


def count_languages(texts: Iterable[str]) -> dict[str, list[str]]:
    """{language: its texts}, those with the most first; texts that do not say are in none."""
    found: dict[str, list[str]] = {}
    for text in texts:
        if language := language_of(text):
            found.setdefault(language, []).append(text)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))
