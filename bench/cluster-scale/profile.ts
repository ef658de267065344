import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { JsonObject } from '../../src/json/json.ts'

const catalog = join(import.meta.dirname, '../../catalog')

/** The catalog, as `kubectl apply` would create it. */
export async function catalogProfiles(): Promise<readonly JsonObject[]> {
  const files = (await readdir(catalog)).filter(file => file.endsWith('.yaml'))
  return Promise.all(files.map(async file => parse(await readFile(join(catalog, file), 'utf8'))))
}

/**
 * So many of two profiles of the catalog that ask nothing of a Pod, under other names, each with parameters, text and
 * images of its own: `log-tail-0`, `work-dir-1`, `log-tail-2`, …
 */
export async function variedProfiles(count: number): Promise<readonly JsonObject[]> {
  const texts = await Promise.all(
    ['log-tail', 'work-dir'].map(name => readFile(join(catalog, `${name}.yaml`), 'utf8')),
  )
  return Array.from({ length: count }, (_, i) => {
    const profile = parse((texts[i % texts.length] ?? '').replaceAll(/\bparams\.(\??)/g, `params.$1p${i}x`))
    const { parameters = {}, description } = profile.spec
    profile.metadata.name = `${profile.metadata.name}-${i}`
    profile.spec.description = `${description} Number ${i}.`
    profile.spec.parameters = Object.fromEntries(
      Object.entries(parameters).map(([name, declared]) => [`p${i}x${name}`, declared]),
    )
    return profile
  })
}
