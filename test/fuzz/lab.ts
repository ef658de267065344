import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { isObject, type JsonObject, metadataOf } from '../../src/json/json.ts'
import { startApiServer } from './api-server.ts'
import { canaries, others } from './canary.ts'
import { makeCase } from './cases.ts'
import { randomOf } from './random.ts'
import { type Place, replicasBeside } from './replica.ts'
import { endStage } from './rollout/playing.ts'
import { type Lab, run } from './trial.ts'

interface OpenLab extends Lab {
  /** Lets the replica compile what each review runs, so that the next step pays for itself alone. */
  warm(): Promise<void>
  close(): Promise<void>
}

/** A replica beside an API server that has the catalog and what others have. */
export async function openLab(place: Place): Promise<OpenLab> {
  const apiServer = await startApiServer()
  for (const object of [...others, ...(await catalog())]) apiServer.put(object)
  const start = await replicasBeside(apiServer.url, place)
  const initial = new Set(apiServer.objects().map(nameOf))
  const isKept = (object: JsonObject) => initial.has(nameOf(object))
  const lab: Lab = { apiServer, start, isKept, replica: await start() }
  return Object.assign(lab, {
    async warm() {
      const random = randomOf(1)
      for (let i = 0; i < 40; i++) {
        await canaries(lab.replica)
        await run(makeCase('modest', random), lab)
      }
    },
    async close() {
      await endStage()
      await lab.replica.end()
      apiServer.stop()
    },
  })
}

async function catalog(): Promise<readonly JsonObject[]> {
  const folder = join(import.meta.dirname, '../../catalog')
  const files = (await readdir(folder)).filter(name => name.endsWith('.yaml'))
  const texts = await Promise.all(files.map(name => readFile(join(folder, name), 'utf8')))
  return texts.flatMap(text => {
    const objects: unknown[] = [...parseAllDocuments(text)].map(document => document.toJS())
    return objects.filter(isObject).filter(({ kind }) => kind === 'ClusterSidecarProfile')
  })
}

function nameOf(object: JsonObject): string {
  const { namespace = '', name } = metadataOf(object)
  return `${String(object['kind'])}/${String(namespace)}/${String(name)}`
}
