import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path/posix'
import { type Case, openedIn } from './opened.ts'

/** The folders of examples/ with a `pod.yaml`, and perhaps `profiles/` and `namespace.yaml`. */
export function casesIn(root: string): Case[] {
  return globSync('examples/**/pod.yaml', { cwd: root })
    .sort()
    .map(file => {
      const folder = dirname(file)
      const pod = read(root, file)
      const profiles = globSync(`${folder}/profiles/*.yaml`, { cwd: root }).map(each => read(root, each))
      const namespace = existsSync(join(root, folder, 'namespace.yaml'))
        ? read(root, `${folder}/namespace.yaml`)
        : ''
      return {
        texts: [pod, ...profiles],
        opened: {
          manifest: namespace === '' ? pod : `${namespace}---\n${pod}`,
          profiles: openedIn(profiles.join('---\n')).profiles,
        },
      }
    })
}

function read(root: string, file: string): string {
  return readFileSync(join(root, file), 'utf8')
}
