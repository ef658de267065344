import { issueCertificate } from '../../src/cluster/certificate/certificate-authority.ts'
import { nginxConfiguration } from './nginx.ts'
import { restrictedPod } from './restricted-pod.ts'

/**
 * An nginx that speaks TLS on port 8443 under this DNS name, `NAME.NAMESPACE.svc`, with all it needs, as JSON
 * for kubectl, and the authority that signed its certificate, in PEM. It answers with what it was asked:
 * scheme, Host header, and the name by SNI.
 */
export async function tlsServer(
  dnsName: string,
): Promise<{ readonly manifest: string; readonly ca: string }> {
  const [name = ''] = dnsName.split('.')
  const { ca, cert, key } = await issueCertificate({ days: 1, dnsNames: [dnsName] })
  const metadata = { name, labels: { app: name } }
  const pod = JSON.parse(
    restrictedPod(
      name,
      {},
      {
        command: ['nginx', '-c', '/etc/server/nginx.conf', '-e', '/dev/stderr'],
        container: {
          image: 'nginx:1.29',
          readinessProbe: { tcpSocket: { port: 8443 }, periodSeconds: 1 },
          volumeMounts: [
            { name: 'configuration', mountPath: '/etc/server' },
            { name: 'temporary', mountPath: '/tmp' },
          ],
        },
        spec: {
          volumes: [
            { name: 'configuration', secret: { secretName: name } },
            { name: 'temporary', emptyDir: {} },
          ],
        },
      },
    ),
  )
  const items = [
    { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { cert, key, 'nginx.conf': configuration } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector: { app: name }, ports: [{ port: 8443 }] },
    },
    { ...pod, metadata },
  ]
  return { manifest: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }), ca }
}

const configuration = nginxConfiguration(`
    listen 8443 ssl;
    access_log off;
    ssl_certificate /etc/server/cert;
    ssl_certificate_key /etc/server/key;
    return 200 "$scheme $http_host $ssl_server_name\\n";`)
