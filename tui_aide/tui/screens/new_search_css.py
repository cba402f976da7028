"""How the form of a new search is laid out: three pages beside it where there is room, one at a time where not."""

NEW_SEARCH_CSS = """
NewSearchScreen {
    background: $background;
    #head { height: 1; background: $panel; padding: 0 1; }
    #views { display: none; background: $surface; }
    #body { height: 1fr; }
    #form { width: 46%; max-width: 92; border: round $border-blurred; padding: 0 1;
        border-title-color: $text-muted; scrollbar-size-vertical: 1;
        &:focus-within { border: round $border; border-title-color: $text; } }
    #pages { width: 1fr; }
    #data, #toml, #estimate { border: round $border-blurred; border-title-color: $text-muted; padding: 0 0 0 1;
        &:focus { border: round $border; border-title-color: $text; } }
    &.-ascii { #form, #data, #toml, #estimate { border: ascii $border-blurred; } }
    #data { height: 1fr; }
    #toml { height: 34%; }
    #estimate { height: 10; }
    #more { display: none; height: auto; }
    &.more #more { display: block; }
    .group { height: 1; color: $text-secondary; text-style: bold; }
    .group-gap { margin-top: 1; }
    #hint { height: 1; padding: 0 1; background: $surface; }
    #state { height: 1; padding: 0 1; }
    #line { height: 2; padding: 0 1; background: $surface; }
    #buttons { height: 1; padding: 0 1; margin-bottom: 0; }
    #buttons Button { margin-right: 2; min-width: 10; }
    &.-narrow {
        #views { display: block; }
        #form { width: 100%; max-width: 100%; border: none; }
        #pages { display: none; }
        #data, #toml, #estimate { display: none; border: none; height: 1fr; }
        .group-gap { margin-top: 0; }
        &.view-data, &.view-toml, &.view-estimate { #form { display: none; } #pages { display: block; } }
        &.view-data #data { display: block; }
        &.view-toml #toml { display: block; }
        &.view-estimate #estimate { display: block; }
    }
    &.-low .group-gap { margin-top: 0; }
    &.-low #line { height: 1; }
}
"""
