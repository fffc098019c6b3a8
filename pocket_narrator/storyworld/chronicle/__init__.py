"""Chronicles: long stories of many chapters, in which the same people of one village live on and what was told stays true."""
