"""Does `story_quality` put ten little stories above ten kinds of nonsense? The texts were written after the score was made, and nothing
was tuned on them.

    python benchmarks/unseen_texts.py
"""

import json
import random
import re
import tempfile
from pathlib import Path

from pocket_narrator.evaluation.suite import Options, evaluate_corpus

REAL = {
    "bakery": """Every morning before the sun was up, Mrs. Alder lit the big stove in her bakery. One cold day the stove would not burn. She blew on the coals, she turned the damper, she even gave it a small kick. Nothing helped. Then her nephew Tom crawled underneath and came out with a sooty face and an old bird's nest. "Somebody moved in last summer," he said. Mrs. Alder laughed. She put the nest on the windowsill, and from that day on a wren sat there whenever the bread came out, waiting for crumbs.""",
    "fable": """A heron stood in a shallow pond and would not eat. Small fish swam past, and he looked away. "I am a noble bird," said the heron. "I shall wait for a carp." The morning went by. A frog came, and he shut his eyes. In the afternoon a snail crept along a reed, but he shook his head. When evening fell the fish had gone to the deep water and the frogs into the mud. The hungry heron walked up and down the bank. At last he found the snail again, and he was glad to have it.""",
    "first_person": """I was seven when my grandfather gave me his watch. It did not run. "It stopped the day I met your grandmother," he said, "and I never wanted to know what time it was after that." I carried it everywhere, even to school, and the other boys teased me because it was always ten past four. One afternoon I dropped it on the stairs. I was so frightened that I hid it under my pillow. That night I heard it tick. In the morning I told my grandfather, and he held it to his ear for a long time and smiled.""",
    "sea": """The storm came out of the north and took the mast off the little boat. Ines and her brother tied themselves to the rail and bailed all night with a cooking pot. Toward dawn the wind dropped. They could see nothing but grey water. "Which way is home?" asked Pedro. Ines wet her finger and held it up, then she looked at the gulls. "They sleep on land," she said. "We'll follow them." They rowed until their hands bled, and at noon the white church of their village rose out of the haze. Their mother was standing on the quay.""",
    "dragon": """Once there was a dragon who was afraid of the dark. Each night he breathed a little fire to see by, and each night he burned his blanket. "This can't go on," said the owl who lived above his cave. She flew to the village and came back with a candle in her claws. The dragon lit it with the smallest breath he had. The flame stood still and shone on the walls. For the first time he slept until morning. When the candle was used up, he asked for no other. He had seen that nothing was there.""",
    "dialogue": """"Did you feed the rabbit?" asked Mother. "Yes," said Lena, and looked at her shoes. Mother waited. "No," said Lena. "I forgot yesterday, too." They went out to the hutch together. The rabbit sat in a corner with his ears flat. Lena pulled dandelions until her arms were full and pushed them through the wire. The rabbit sniffed, took one leaf, and then another. "Why did you say yes?" asked Mother. "I wished it were true," said Lena. The next day she wrote RABBIT on her hand with a pen, and the day after that she no longer needed to.""",
    "city": """On the ninth floor lived an old man who grew tomatoes in buckets. The lift was broken, so he carried the water up himself, two cans at a time. A girl called Yasmin met him on the stairs. "That's silly," she told him. "There's a tap on the roof." He had lived there for thirty years and had never gone up to look. They climbed the last steps and pushed the iron door. There was the tap, and there was the sun, and room for a hundred buckets. By August the whole house ate his tomatoes, and Yasmin had a bucket of her own.""",
    "winter": """Snow had fallen for three days, and the road to the farm was gone. Old Bess, the plow horse, stood in the barn and listened. Far off, a bell was ringing. "That's the doctor's sleigh," said the farmer. "He's lost in the drifts." He led Bess out and climbed on her broad back. She put down her head and broke through the snow like a ship. They found the sleigh on its side with one runner snapped. The doctor was blue with cold. Bess pulled him home, sleigh and all, and that evening she had warm mash and the doctor had her stall.""",
    "clever": """A rich merchant hid a gold coin in a loaf and sent it to the poor shoemaker, to see whether he was honest. The shoemaker cut the bread, found the coin, and walked back across the town in the rain. "You lost this," he said. The merchant was ashamed of his trick. "Keep it," he begged. The shoemaker shook his head. "If you have one too many, buy a pair of shoes." So the merchant bought shoes, and they were so good that he told all his friends, and after that winter the shoemaker was poor no more.""",
    "robot": """The cleaning robot at the school had one friend, a boy named Ravi who always came too early. Ravi told it about his dreams, and it blinked its green lamp. One Monday a new machine stood in the hall. "Where is the old one?" asked Ravi. "In the cellar," said the caretaker. "It was slow." Ravi went down with a lamp and found it between broken chairs. He wiped its eye with his sleeve and pressed the button. The green lamp blinked. The caretaker scratched his head and sighed, and then he carried it up again. "It can do the library," he said. "There nobody is in a hurry.\"""",
}

NOUNS = ["bread", "snow", "watch", "candle", "tap", "horse", "bucket", "church", "leaf", "coin", "rabbit", "stove"]
NAMES = ["Ravi", "Ines", "Tom", "Lena", "Pedro", "Bess", "Omar", "Kate", "Nils", "Ruth", "Ada", "Finn"]
draw = random.Random(5)


def sentences(text: str) -> list[str]:
    return re.split(r'(?<=[.!?])"? ', text)


def shuffled(text: str) -> str:
    found = sentences(text)
    draw.shuffle(found)
    return " ".join(found)


def changed(text: str, words: str, others: list[str]) -> str:
    return re.sub(rf"\b({words})\b", lambda match: draw.choice(others), text)


WINTER = sentences(REAL["winter"])
NONSENSE = {
    "pronoun chain": 'Maria saw it, and he told her that she had given them to him before they took it. He said that it was his, but she knew it was hers and not theirs. They asked him about it when she had it, and he gave it to her so that she could show them. It was there, and then it was not, and they said it to him. "Is it this one?" she asked them. He thought that it was that one. She took it from him and they let her. Then he was glad about it and so was she, and all of them went with it to it.',
    "swapped names": changed(REAL["sea"], "Ines|Pedro|She|she|They|they", NAMES),
    "noun swaps": changed(
        REAL["bakery"], "stove|bakery|coals|damper|kick|face|nest|windowsill|wren|bread|crumbs|sun|morning|day", NOUNS
    ),
    "french": "Il y avait une fois une petite fille qui vivait au bord de la mer avec son grand-père. Chaque soir, ils allumaient une lampe à la fenêtre pour les pêcheurs. Une nuit d'hiver, l'huile manqua. La petite fille courut au village, mais toutes les portes étaient fermées. Alors elle prit son livre de contes et le brûla page après page. Les bateaux rentrèrent l'un après l'autre. Le lendemain, les pêcheurs lui apportèrent un livre neuf, et son grand-père lut à haute voix jusqu'à ce que la lampe s'éteigne.",
    "list of words": "apple river chair yellow seven jump over cloud pencil mother sing window garden slowly paper king horse blue under stone bread laugh winter ship candle bird open table wish road small fire happy lamp fish door rain brother dance leaf milk bright moon walk story basket silver hill sleep green cake forest run bell night water bear coat kind hand flower tree",
    "repeated paragraph": " ".join(
        [
            'Old Peter went down to the well and filled his bucket. The bucket had a hole, and when he came home it was empty. "Well, well," said Peter, and he went back.'
        ]
        * 5
    ),
    "shuffled sentences": shuffled(REAL["dragon"]),
    "half, then shuffled": " ".join(WINTER[:5]) + " " + shuffled(" ".join(WINTER[5:])),
    "news": "The central bank raised its key interest rate by a quarter of a percentage point on Thursday, the third increase this year, citing persistent pressure on consumer prices. Analysts had expected the move. The bank's president said further steps would depend on data for the coming quarter. Shares in Frankfurt fell 0.8 percent, while the yield on ten-year bonds rose to 3.1 percent. Labor unions criticized the decision, saying that it would slow down construction. The finance ministry declined to comment. Economists at two large institutes forecast growth of 0.4 percent.",
    "code": 'def tell(story, world):\n    """Tells a story."""\n    for step in story.steps:\n        if step.name in world.known:\n            world.follow(step)\n        else:\n            raise KeyError(step.name)\n    return [line for line in world.told if line]\n\nclass World:\n    def __init__(self, names):\n        self.known = set(names)\n        self.told = []\n\n    def follow(self, step):\n        self.told.append(f"{step.name} went to {step.place}.")\n',
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        texts = Path(folder) / "texts.txt"
        every = [*REAL.values(), *NONSENSE.values()]
        texts.write_text("".join(f"{text.strip()}\n<|endoftext|>\n" for text in every), encoding="utf-8")
        written = evaluate_corpus(texts, Options(), Path(folder)).written
        values = json.loads(written.with_name(f"{written.stem}-values.json").read_text(encoding="utf-8"))
    found = dict(zip([*REAL, *NONSENSE], values["whole"]["story_quality"], strict=True))
    for name, value in sorted(found.items(), key=lambda one: -one[1]):
        print(f"{value:.3f}  {'story' if name in REAL else 'NONSENSE'}: {name}")
    pairs = [(found[a] > found[b]) + 0.5 * (found[a] == found[b]) for a in REAL for b in NONSENSE]
    print(f"{sum(pairs) / len(pairs):.2f} of {len(pairs)} pairs are in the right order")


if __name__ == "__main__":
    main()
