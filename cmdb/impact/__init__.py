"""The impact index in memory and the questions it answers (design 7). Import from the modules: this file imports nothing, because the
kernel brings its compiler along."""
