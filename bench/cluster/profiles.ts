import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { catalogDirectory } from '../../src/server/profile-directory.ts'
import type { ApiServer } from '../../test/apiserver/apiserver.ts'
import { installCustomResources } from '../../test/apiserver/custom-resources.ts'

/** What a replica finds in a cluster: its namespace, the custom resources, and the catalog in them. */
export async function installCatalog(server: ApiServer): Promise<void> {
  await server.createNamespace('pillion')
  await installCustomResources(server)
  const directory = catalogDirectory()
  for (const file of (await readdir(directory)).filter(name => name.endsWith('.yaml'))) {
    const profile = parse(await readFile(join(directory, file), 'utf8'))
    const path = '/apis/pillion.dev/v1alpha1/clustersidecarprofiles'
    const { status, body } = await server.request('POST', path, profile)
    if (status !== 201) throw new Error(`the API server refused ${file}: ${JSON.stringify(body)}`)
  }
}
