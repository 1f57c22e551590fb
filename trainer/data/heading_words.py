"""Words that people write above columns, in English, German, French and Spanish."""

import unicodedata

from trainer.data.roles import Role

_STRONG: dict[Role, str] = {
    Role.QUERY: """query queries question questions anchor search searchterm searchquery keyword keywords request
        utterance prompt premise sentence1 text1 texta sentencea userquery customerquestion symptom complaint wording
        frage fragen anfrage suchbegriff suchanfrage kundenfrage anliegen suche suchtext
        requete recherche demande termederecherche pregunta preguntas consulta busqueda solicitud""",
    Role.DOCUMENT: """document documents doc answer answers positive positives match matches item items passage article
        articles product products result results target response reply hypothesis corpus sentence2 text2 textb sentenceb
        solution diagnosis matchingitem rightanswer
        dokument dokumente antwort antworten artikel treffer ergebnis produkt losung diagnose
        reponse reponses produit resultat solutionproposee diagnostic
        respuesta respuestas documento articulo producto resultado solucion diagnostico""",
    Role.NEGATIVE: """negative negatives hardnegative wrong wronganswer wrongitem notmatch nomatch
        falsch falscheantwort negativ negatif mauvaisereponse negativo incorrecto respuestaincorrecta""",
    Role.LABEL: """label labels labeltext labelname class classname category categories tag intent topic
        kategorie klasse etikett thema categorie classe etiquette sujet categoria etiqueta clase tema""",
    Role.SCORE: """score scores similarity relevance rating grade sim ismatch relevant
        bewertung ahnlichkeit relevanz punkte note pertinence similarite puntuacion relevancia similitud""",
    Role.SEGMENT: """segment group groupname language lang market region department
        gruppe sprache abteilung markt groupe langue marche departement segmento grupo idioma mercado departamento""",
    Role.IGNORE: """id ids index nr no number rownumber uuid url link date datum fecha created updated author code""",
}
_ROLES: dict[str, Role] = {word: role for role, words in _STRONG.items() for word in words.split()}

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


def known_role(heading: str) -> Role | None:
    """The role that a heading names for certain. "Negative 3" is a negative."""
    key = heading_key(heading)
    role = _ROLES.get(key)
    if role is None:
        role = _ROLES.get(key.rstrip("0123456789"))
        if role not in (Role.NEGATIVE, Role.DOCUMENT):
            return None
    return role


def is_heading_word(heading: str) -> bool:
    """Whether a heading is a word that people write above columns."""
    return known_role(heading) is not None or heading_key(heading) in {*AS_QUERY, *AS_DOCUMENT}
