# Completion of tui-aide for bash, from 3.2 on.

_tui_aide() {
    local program=$1 current line word start i joined=""
    local -a words
    words=()
    [[ ${program:0:2} == \~/ ]] && program=$HOME/${program:2}
    # bash breaks words at = and :, which belong to ours; here they are made whole again, up to the cursor.
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if ((${#words[@]})) && [[ $word == [=:]* || $joined ]]; then
            words[${#words[@]} - 1]+=$word
        else
            words+=("$word")
        fi
        joined=${word##*[^=:]}
    done
    current=${words[${#words[@]} - 1]}
    start=${current%"${current##*[=:]}"}
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
            :files) _tui_aide_paths -f "${current#--*=}" ;;
            :folders) _tui_aide_paths -d "${current#--*=}" ;;
            *)
                word=${line%%$'\t'*}
                COMPREPLY+=("${word#"$start"}")
                ;;
        esac
    done < <("$program" completion bash -- "${words[@]}" 2>/dev/null)
}

_tui_aide_paths() {
    local path
    compopt -o filenames 2>/dev/null
    while IFS= read -r path; do
        COMPREPLY+=("$path")
    done < <(compgen "$1" -- "$2")
}

complete -F _tui_aide tui-aide
