"""Words that people write above columns, in a dozen languages."""

import re
import unicodedata

from trainer.data.roles import Role

_STRONG: dict[Role, str] = {
    Role.QUERY: """query queries question questions anchor search searchterm searchquery keyword keywords request
        utterance prompt premise sentence1 text1 texta sentencea userquery customerquestion symptom complaint wording
        frage fragen anfrage suchbegriff suchanfrage kundenfrage anliegen suche suchtext
        requete recherche demande termederecherche pregunta preguntas consulta busqueda solicitud
        domanda domande ricerca richiesta pergunta perguntas busca vraag vragen zoekterm pytanie zapytanie fraga sokord
        вопрос запрос 質問 検索語 问题 查询 問題 查詢 질문 검색어""",
    Role.DOCUMENT: """document documents doc answer answers positive positives match matches item items passage article
        articles product products result results target response reply hypothesis corpus sentence2 text2 textb sentenceb
        solution diagnosis matchingitem rightanswer
        dokument dokumente antwort antworten artikel treffer ergebnis produkt losung diagnose
        reponse reponses produit resultat solutionproposee diagnostic
        respuesta respuestas documento articulo producto resultado solucion diagnostico
        risposta risposte articolo prodotto resposta respostas artigo produto antwoord antwoorden odpowiedz svar
        ответ документ товар 回答 答え 商品 文書 答案 回复 文档 產品 产品 답변 문서 상품""",
    Role.NEGATIVE: """negative negatives hardnegative wrong wronganswer wrongitem notmatch nomatch
        falsch falscheantwort negativ negatif mauvaisereponse negativo incorrecto respuestaincorrecta""",
    Role.LABEL: """label labels labeltext labelname class classname category categories tag intent topic
        kategorie klasse etikett thema categorie classe etiquette sujet categoria etiqueta clase tema etichetta
        категория カテゴリ 类别 标签 분류""",
    Role.SCORE: """score scores similarity relevance rating grade sim ismatch relevant
        bewertung ahnlichkeit relevanz punkte note pertinence similarite puntuacion relevancia similitud""",
    Role.SEGMENT: """segment group groupname language lang market region department
        gruppe sprache abteilung markt groupe langue marche departement segmento grupo idioma mercado departamento""",
    Role.IGNORE: """id ids index nr no number rownumber uuid url link date datum fecha created updated author code""",
}
_AS_QUERY = "title subject name text titre titel betreff objet titulo asunto texte texto bezeichnung nom nombre"
_AS_DOCUMENT = """description beschreibung descripcion body content inhalt contenu contenido corps text texte texto
    title titre titel titulo bezeichnung name nom nombre"""
AS_QUERY: tuple[str, ...] = tuple(_AS_QUERY.split())
"""Words that can mean a query where nothing better is there, the likeliest first."""
AS_DOCUMENT: tuple[str, ...] = tuple(_AS_DOCUMENT.split())
"""Words that can mean a document where nothing better is there, the likeliest first."""


def heading_key(heading: str) -> str:
    """The heading in its plainest form: lower case, without accents, spaces and signs."""
    plain = unicodedata.normalize("NFKD", heading.casefold())
    return "".join(character for character in plain if character.isalnum())


_ROLES: dict[str, Role] = {heading_key(word): role for role, words in _STRONG.items() for word in words.split()}
_MOST_WORDS = 4
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_A-Za-z]+")  # customerQuestion is two


def known_role(heading: str) -> Role | None:
    """The role that a heading names for certain. "Negative 3" is a negative."""
    key = heading_key(heading)
    role = _ROLES.get(key)
    if role is None:
        role = _ROLES.get(key.rstrip("0123456789"))
        if role not in (Role.NEGATIVE, Role.DOCUMENT):
            return None
    return role


def likely_role(heading: str) -> Role | None:
    """The role that one word of a short heading names, where no other word names another: "Question (customer)"."""
    heading = unicodedata.normalize("NFC", heading)
    if len(heading.split()) > _MOST_WORDS or heading.strip()[-1:] in tuple(".?!"):
        return None
    found = {role for word in _WORD.findall(heading) if (role := _ROLES.get(heading_key(word)))}
    if Role.IGNORE in found:
        return Role.IGNORE
    return found.pop() if len(found) == 1 else None


def is_heading_word(heading: str) -> bool:
    """Whether a heading is a word that people write above columns."""
    return known_role(heading) is not None or heading_key(heading) in {*AS_QUERY, *AS_DOCUMENT}
