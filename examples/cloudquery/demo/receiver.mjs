// A loopback receiver for both destinations: keeps what arrives, answers as Rudder and a collector do.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { gunzipSync } from 'node:zlib'

const bodyOf = async (request) => {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const wire = Buffer.concat(chunks)
  const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(wire) : wire
  return { bytes: wire.length, json: JSON.parse(text) }
}

export const startReceiver = async () => {
  const requests = []
  const server = createServer(async (request, response) => {
    try {
      requests.push({ path: request.url, ...(await bodyOf(request)) })
      if (request.url === '/v1/batch') response.end('ok')
      else response.setHeader('content-type', 'application/json').end('{}')
    } catch {
      // Its sender was cut off in the middle, and sends it again.
      response.destroy()
    }
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${server.address().port}`, requests, close }
}
