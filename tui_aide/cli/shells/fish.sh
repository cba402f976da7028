# Completion of tui-aide for fish.

function __tui_aide_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    set -l option (string match -r '^--[^=]*=' -- "$current")
    set -l path (string replace -r '^--[^=]*=' '' -- "$current")
    set -e words[1]
    for line in ($program completion fish -- $words "$current" 2>/dev/null)
        switch $line
            case :files
                printf '%s\n' "$option"(__fish_complete_path $path)
            case :folders
                printf '%s\n' "$option"(__fish_complete_directories $path '')
            case '*'
                printf '%s\n' $line
        end
    end
end

complete -c tui-aide -f -k -a '(__tui_aide_complete)'
