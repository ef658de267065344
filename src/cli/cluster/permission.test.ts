import { expect, it } from 'vitest'
import { lacking, permissionFor } from './permission.ts'

it.each([
  { path: '/api/v1/namespaces/shop', says: 'get namespaces/shop' },
  { path: '/api/v1/namespaces/shop/pods/web', says: 'get pods/web in namespace shop' },
  { path: '/api/v1/namespaces/shop/pods', says: 'get pods in namespace shop' },
  {
    path: '/apis/apps/v1/namespaces/shop/deployments/web',
    says: 'get deployments.apps/web in namespace shop',
  },
  { path: '/apis/pillion.dev/v1alpha1/sidecarprofiles', says: 'get sidecarprofiles.pillion.dev' },
  { path: '/metrics', says: 'get /metrics' },
])('a request for $path needs the permission to $says', ({ path, says }) => {
  expect(lacking(permissionFor('get', path))).toMatch(
    new RegExp(`^you may not ${says.replaceAll(/[/.]/g, '\\$&')}: ask your admin for the verb get on `),
  )
})
