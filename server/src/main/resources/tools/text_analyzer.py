import re
from collections import Counter

COMMON = set(
    "a about after all also an and any are as at be because been but by can could did do for from had has have he her "
    "his how i if in into is it its just like more most my no not of on one or our out over she so some than that the "
    "their them then there these they this to up us was we were what when which who will with would you your".split())
GOOD = set(
    "amazing benefit best better easy effective enjoy excellent excited fast good gain great happy helpful improve "
    "improved love perfect pleased positive recommend reliable simple strong succeed success thank wonderful".split())
BAD = set(
    "angry annoying awful bad broken bug complaint confusing delay delayed difficult disappointed error expensive fail "
    "failed failure hate issue lose lost negative poor problem risk slow terrible unhappy unreliable weak worse "
    "worst wrong".split())
NOT = {"not", "no", "never", "don't", "doesn't", "didn't", "isn't", "wasn't", "can't", "won't"}


def text_analyzer(parameters, context):
    text = parameters["text"]
    words = [word.strip("'") for word in re.findall(r"[^\W\d_][^\W_]*(?:'[^\W\d_]+)?", text.lower().replace("’", "'"))]
    sentences = [s for s in re.split(r"[.!?]+(?:\s|$)", text) if s.strip()]
    keywords = Counter(word for word in words if word not in COMMON and len(word) > 2 and "'" not in word)
    return {
        "characters": len(text),
        "words": len(words),
        "sentences": len(sentences),
        "paragraphs": len([p for p in re.split(r"\n\s*\n", text) if p.strip()]),
        "reading_minutes": round(len(words) / 220, 1),
        "keywords": [{"word": w, "count": n} for w, n in keywords.most_common(parameters.get("keywords", 10))],
        "readability": readability(words, len(sentences)),
        "sentiment": sentiment(words),
    }


def readability(words, sentences):
    """Flesch reading ease: 100 is very easy, 0 very hard."""
    if not words:
        return None
    ease = 206.835 - 1.015 * len(words) / max(sentences, 1) - 84.6 * sum(map(syllables, words)) / len(words)
    level = "easy" if ease >= 70 else "plain" if ease >= 50 else "difficult"
    return {"flesch_reading_ease": round(ease, 1), "level": level}


def syllables(word):
    count = len(re.findall(r"[aeiouy]+", word))
    if word.endswith("e") and not word.endswith("le") and count > 1:
        count -= 1
    return max(count, 1)


def sentiment(words):
    """Words of a small list, turned around by a negation up to two words before."""
    good = bad = 0
    for place, word in enumerate(words):
        turned = any(before in NOT for before in words[max(0, place - 2):place])
        if word in GOOD:
            good, bad = (good, bad + 1) if turned else (good + 1, bad)
        elif word in BAD:
            good, bad = (good + 1, bad) if turned else (good, bad + 1)
    score = (good - bad) / (good + bad) if good + bad else 0.0
    label = "positive" if score > 0.2 else "negative" if score < -0.2 else "neutral"
    return {"label": label, "score": round(score, 2), "positive_words": good, "negative_words": bad}
