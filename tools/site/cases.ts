import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path/posix'
import { type Case, openedIn } from './opened.ts'

/**
 * The folders of examples/ with a `pod.yaml`, and perhaps `profiles/` and `namespace.yaml`; and each profile of the catalog with
 * its example.
 */
export function casesIn(root: string): Case[] {
  return [...folders(root), ...catalog(root)]
}

function catalog(root: string): Case[] {
  return globSync('catalog/*.yaml', { cwd: root })
    .filter(file => existsSync(join(root, 'examples', basename(file))))
    .map(file => ({
      texts: [read(root, file)],
      opened: { manifest: read(root, `examples/${basename(file)}`), profiles: {} },
    }))
}

function folders(root: string): Case[] {
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
        texts: [pod, ...profiles, ...(namespace === '' ? [] : [namespace])],
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
