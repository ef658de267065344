import { Argument, Option } from 'commander'
import type { AddCommand } from '../add-command.ts'
import { collect } from '../cluster/options.ts'

/** Adds the commands of `pillion new`. */
export function addNewCommands(add: AddCommand): void {
  add(
    'profile',
    'write a profile to start from: for an image, or for a container that a manifest has already',
    () => import('./profile.ts'),
    new Option('--image <image>', 'image of the sidecar').conflicts(['fromContainer', 'filename']),
    new Option('--from-container <name>', 'container of the manifest to make a profile of'),
    new Option('-f, --filename <file>', 'manifest with this container, or - for stdin').argParser(collect),
    new Option('--to <file>', 'file to write (default: NAME.yaml; - prints the profile)'),
    new Option('--force', 'replace the file if it exists'),
  ).addArgument(new Argument('<name>', 'name of the profile'))
}
