"""Sentences that any chapter may have: openings by season, lead-ins to what is told in passing."""

PHRASES = """
fragment opening_spring village
    It was a [mild|windy|bright] spring morning.
    Rain had fallen all night, and everything was green.
    The swallows were back in {village}.
    The snow was gone, and the brook was loud.
    In the gardens people were [digging|sowing].
    The windows stood open, and beds hung out of them.
    There were [lambs|buttercups] in the meadow.
    It was one of those days on which everything drips and shines.
fragment opening_summer village
    It was a [hot|clear|long] summer day.
    The hay smelled sweet, and the air was full of [flies|larks].
    There was no school, and nobody was in a hurry.
    For a week it had not rained in {village}.
    The shadows were short and the cats slept.
    It was so warm that the butter ran.
    The cherries were [red|ripe], and the starlings knew it.
    A thunderstorm had passed in the night and had left puddles.
fragment opening_autumn village
    It was a [gray|golden|foggy] autumn day.
    Leaves blew through the streets of {village}.
    The days grew shorter, and there was smoke over the fields.
    The geese flew south in a long line.
    In every kitchen there was the smell of apples.
    The wind had a voice, and the shutters answered it.
    There were mushrooms, and there was mud.
    It got dark before supper now.
fragment opening_winter village
    It was a [cold|still|white] winter morning.
    Snow lay on the roofs of {village}.
    There were flowers of ice on the windows.
    The pond was frozen, and the ducks stood about.
    It was so cold that the [pump|well] was frozen.
    The snow creaked under every [shoe|wheel].
    It was dark until after breakfast.
    Everybody had a red nose, the mayor, too.
fragment passing village
    First, a word about something else.
    But there is other news to tell before.
    Much was going on that day.
    In the street two neighbors were talking.
    Somebody leaned out of a window and chatted.
    At the pump there was talk, as always.
    Whoever walked through {village} could hear this and that.
    Before we come to it, something must be said.
    It was a day like others at first.
    There was news, but it was not new.
    But let us begin at the other end of the street.
    The milk cart went from door to door, and the talk went with it.
    Before breakfast, everybody knew it already.
    The sparrows were quarreling on the roofs, and below them people talked.
    As on every day, something small happened first.
    One thing should be told beforehand.
    There were two stories that day, and this is the short one.
    While all this began, something else went on.
fragment evening village
    In the evening people sat on the bench and talked.
    At supper there was talk of this and that.
    Elsewhere in {village}, life went on.
    The church clock struck [six|seven|eight], and the lamps were lit.
    And what else was there to tell that day?
    When the sun went down, the neighbors chatted over the fence.
    Before bed, old things were remembered.
    The rest of the day belonged to other people.
    Two streets away, something else was going on.
    The night watchman made his round and saw all that was to be seen.
    So much for that. But the day was not over.
    Meanwhile, not far away, there was this.
    And in the other houses? There, too, it was evening.
    A day has many ends, and here is another.
    The smoke went straight up, and under every roof there was a story.
    One more thing happened, and then it was night.
    On the bench by the pump they knew even more.
    Whoever looked in at the windows saw this and that.
    Not everybody had had so much to do that day.
    At the inn, the last guests told each other what they knew.
    This was the news that the wind brought that night.
    The cat walked over all the roofs and heard everything.
fragment scenery village
    A donkey stood in the middle of the road and thought, and the carts had to go around it.
    Somewhere a door banged, and somewhere a child was called in, and did not come.
    The weathercock pointed in all directions, one after the other, and could not make up its mind.
    A dog lay across the doorstep of the inn, and every guest had to step over it.
    On the church roof two storks clattered, as if they were reading the newspaper to each other.
    An old woman counted her hens and got a different number every time.
    There was washing on all the lines, and one shirt waved at everybody who went by.
    The postman whistled, which meant that he had no bills in his bag.
    In a window sat three cats, from the smallest to the largest, like organ pipes.
    A boy with a hoop ran through every street of {village} and came out again where he had started.
    Two men carried a wardrobe, and a third one walked beside it and gave advice.
    The baker's window was fogged up, and somebody had drawn a fish on it.
    A wheel had come off a cart, and eleven people stood around it with their hands in their pockets.
    From the school one heard the little ones say what two and two is, all together and very loudly.
    Under the bridge the river turned a stick around and around and would not let it go.
    The pigeons were walking up and down on the square like people who have bought new shoes.
    Somebody had left a ladder against a tree, and nobody could say what for.
    On the fence hung a glove that had been waiting for its hand since spring.
    The smell of bread went from house to house and knocked at every nose.
    A snail had climbed the signpost and looked as if it could read.
    The mayor walked once around the fountain, as he did on every day of his life.
    Behind a hedge somebody was practicing the trumpet, always the same three notes.
    A lost balloon hung in the top of the lime tree and bowed to the wind.
    The ducks crossed the road in a row, and the coach from town had to wait for the last one.
    Two boys were looking into a hole, and after a while there were seven.
    In the tavern garden a hat lay on a table, and under the hat somebody was snoring.
    The clock in the tower was four minutes slow, and so were all the people in {village}.
    A cat carried her kittens over the street, and each time she looked to the left and to the right.
    The gardener talked to his cabbages, and one could see that they listened.
    Far out in the fields somebody sang, and the song came nearer only very slowly.
"""
