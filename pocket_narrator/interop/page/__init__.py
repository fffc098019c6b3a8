"""A model as a web page that generates by itself: one file, or the files of a website."""
