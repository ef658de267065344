import type { ApiServer } from '../../test/apiserver/apiserver.ts'
import { installCustomResources } from '../../test/apiserver/custom-resources.ts'
import { create, profileCreations } from '../cluster-scale/objects.ts'
import { catalogProfiles } from '../cluster-scale/profile.ts'
import { installedIn } from '../process/service-account.ts'

/** What a replica finds in a cluster: its namespace, the custom resources, and the catalog in them. */
export async function installCatalog(server: ApiServer): Promise<void> {
  await server.createNamespace(installedIn)
  await installCustomResources(server)
  await create(server, profileCreations(await catalogProfiles()))
}
