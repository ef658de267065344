import type { AppOptions } from './restricted-pod.ts'

/** A configuration of nginx for a read-only root with a volume at /tmp, with what stands in its one server. */
export function nginxConfiguration(server: string): string {
  return `
daemon off;
pid /tmp/nginx.pid;
events {}
http {
  client_body_temp_path /tmp/body;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;
  server {
    ${server}
  }
}
`
}

/** A server on port 8080 that answers with one line, and has the page that metrics-nginx asks for. */
export function measuredServer(line: string, accessLog = 'off'): string {
  return `
    listen 8080;
    access_log ${accessLog};
    location / { return 200 "${line}\\n"; }
    location = /stub_status { access_log off; stub_status; allow 127.0.0.1; deny all; }`
}

/** nginx in the place of a Pod's app, with the configuration that it finds at /etc/server/nginx.conf, from a ConfigMap. */
export function nginxApp({ configMap, spec = {} }: { configMap?: string; spec?: object } = {}): AppOptions {
  const own = configMap ? [{ name: 'configuration', configMap: { name: configMap } }] : []
  return {
    command: ['nginx', '-c', '/etc/server/nginx.conf', '-e', '/dev/stderr'],
    container: {
      image: 'nginx:1.29',
      readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
      volumeMounts: [
        { name: 'temporary', mountPath: '/tmp' },
        ...own.map(({ name }) => ({ name, mountPath: '/etc/server' })),
      ],
    },
    spec: {
      securityContext: { runAsNonRoot: true, runAsUser: 101, seccompProfile: { type: 'RuntimeDefault' } },
      volumes: [{ name: 'temporary', emptyDir: {} }, ...own],
      ...spec,
    },
  }
}
