#compdef tui-aide
# Completion of tui-aide for zsh: in a folder of $fpath as _tui-aide, or sourced after compinit.

_tui_aide() {
    local line program=${~words[1]}
    local -a found
    while IFS= read -r line; do
        case $line in
            :files) [[ $PREFIX == --*=* ]] && compset -P '*='; _files ;;
            :folders) [[ $PREFIX == --*=* ]] && compset -P '*='; _files -/ ;;
            *$'\t'*) found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
            *) found+=("${line//:/\\:}") ;;
        esac
    done < <("$program" completion zsh -- "${(@)words[2,CURRENT]}" 2>/dev/null)
    (( $#found )) && _describe -V 'tui-aide' found
}

if [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then
    _tui_aide "$@"
else
    compdef _tui_aide tui-aide
fi
