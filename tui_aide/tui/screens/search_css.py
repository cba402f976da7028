"""How the search screen is laid out, by the classes that its size and its view give it."""

SEARCH_CSS = """
SearchScreen {
    background: $background;
    #status { height: 1; background: $panel; }
    #views { display: none; background: $surface; }
    #body { height: 1fr; }
    #left { width: 38%; min-width: 44; max-width: 84; }
    #right { width: 1fr; }
    #small { display: none; }
    #prompt-row { display: none; height: 1; background: $surface; &.open { display: block; } }
    #prompt-sign { width: 3; }
    #gauges { display: none; height: 1; background: $surface; }
    &.with-gauges #gauges { display: block; }
    #events { height: 1; background: $surface; }
    #tree, #facts, #run, #node, #curve, #live-0, #live-1, #live-2, #log {
        border: round $border-blurred;
        border-title-color: $text-muted;
        border-subtitle-color: $text-muted;
        background: $background;
        padding: 0 0 0 1;
        &:focus, &:focus-within { border: round $border; border-title-color: $text; }
    }
    #tree { padding: 0; }
    #facts { height: 20%; min-height: 11; max-height: 22; padding: 0 1; }
    #run { height: 8; }
    #lower { height: 32%; min-height: 8; }
    #curve { width: 36%; min-width: 34; }
    #live-0, #live-1, #live-2 { width: 1fr; padding: 0 0 0 1; }
    &.-vast #left { max-width: 120; }
    &.-wide #live-2 { display: none; }
    .unused { display: none; }
    #log { display: none; height: 32%; }
    #node-tabs { height: 2; }
    #node-text { padding: 0 1 0 1; }

    &.-ascii { #tree, #facts, #run, #node, #curve, #live-0, #live-1, #live-2, #log { border: ascii $border-blurred; } }
    &.at-rest #curve { width: 100%; }
    &.-short { #run { display: none; } #lower { height: 9; } }
    &.-low { #run, #facts { display: none; } #lower { height: 6; min-height: 4; } }

    &.-narrow, &.-tiny {
        #views { display: block; }
        #body { layout: vertical; }
        #left { width: 100%; max-width: 100%; height: 1fr; layout: horizontal; display: none; }
        #right { width: 100%; height: 1fr; }
        #tree { width: 1fr; height: 100%; }
        #facts { display: none; }
        #run, #log { display: none; }
        #node, #lower, #curve, #live-0, #live-1, #live-2 { display: none; }
        #node-tabs { height: 1; }
        #tree, #node, #curve, #log { border: none; }
        &.view-tree {
            #left { display: block; }
            #right { height: 8; }
            #lower { display: block; height: 8; min-height: 4; }
            #live-0 { display: block; }
        }
        &.view-node #node { display: block; border: none; }
        &.view-live {
            #lower { display: block; height: 1fr; layout: vertical; }
            #live-0, #live-1, #live-2 { display: block; width: 100%; }
            #live-1.unused, #live-2.unused { display: none; }
        }
        &.view-curve {
            #lower { display: block; height: 1fr; layout: vertical; }
            #curve { display: block; width: 100%; height: 1fr; }
            #right { height: 1fr; }
        }
        &.view-log #log { display: block; height: 1fr; }
    }
    &.-narrow.-tall.view-tree {
        #facts { display: block; width: 42%; height: 100%; max-height: 100%; }
    }
    &.-narrow.-low.view-tree { #right, #lower { height: 5; } }
    &.-narrow.idle.view-tree { #right, #lower { height: 3; min-height: 3; } }
    &.-narrow.at-rest.view-tree { #right { display: none; } }
    &.-tiny, &.-flat {
        #status, #views, #body, #gauges, #events, #footer, #prompt-row { display: none; }
        #small { display: block; }
    }
}
"""
