"""temp"""
from pocket_narrator.storyworld.reader.chronicle.teller import ReadingChronicler
from pocket_narrator.storyworld.chronicle.chronicle import name_village, tell_chapter, as_story
from pocket_narrator.storyworld.reader.given import GivenText
import re
def act(t):
    if t.village.chapter==0: name_village(t)
    tell_chapter(t)
    if t.length != t.chapter_end: t.miss(t.length)
def quick(text):
    given=GivenText(text,True)
    begins=[m.start() for m in re.finditer(r"^Chapter \d+: ",text,re.M)]
    t=ReadingChronicler(given,len(begins))
    states=[t.save(None)]
    stats=[]
    for n,b in enumerate(begins):
        e=begins[n+1]-1 if n+1<len(begins) else len(text)
        t.between(b,e)
        new=[]
        for s in states:
            k=0
            t.farthest=0
            for tr in t.trials(s,act,400):
                k+=1
                if tr.state is not None: new.append(tr.state)
            stats.append(k)
        if not new:
            return n, text[b:e], t.farthest-b, stats, t
        states=new
    t.load(states[0])
    return states,t,stats
