import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import WebSocket, { WebSocketServer } from 'ws'
import { Backlog } from '../../src/server/chat/backlog.ts'
import { type CountedOutput, EndOfTurn, encodeFrame, SocketOutputBuffer } from '../../src/server/chat/output-buffer.ts'
import { chatV1 } from '../../src/server/chat/subprotocols/chat-v1.ts'
import { ChatSocket } from '../../src/server/transports/websocket/chat-socket.ts'
import type { Cleanup } from '../support/server/server.ts'

const mib = 1024 * 1024
const maxBytes = 12 * mib
const chunk = encodeFrame('x'.repeat(64 * 1024 - 16))

interface Line {
  output: SocketOutputBuffer
  socket: WebSocket
  bytes: number
  isClosed: boolean
}

/** Output buffers of real sockets, over one backlog. */
async function lines(t: Cleanup, count: number) {
  const dropped: SocketOutputBuffer[] = []
  const turn = new EndOfTurn(
    new Backlog((output: CountedOutput) => dropped.push(output as SocketOutputBuffer), maxBytes),
  )
  const server = createServer().listen(0, '127.0.0.1')
  const upgrades = new WebSocketServer({ server, WebSocket: ChatSocket, perMessageDeflate: false })
  t.onTestFinished(() => {
    for (const one of upgrades.clients) one.terminate()
    upgrades.close()
    server.close()
  })
  await once(server, 'listening')
  const all: Line[] = []
  for (let i = 0; i < count; i++) {
    const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const [ws, request] = await once(upgrades, 'connection')
    ws.on('error', () => {})
    await once(socket, 'open')
    const line = { output: new SocketOutputBuffer(ws, request.socket, turn, chatV1), socket, bytes: 0, isClosed: false }
    socket.on('message', (data: Buffer) => {
      line.bytes += data.length
    })
    socket
      .on('error', () => {})
      .on('close', () => {
        line.isClosed = true
      })
    all.push(line)
  }
  return { all, dropped, turn }
}

function push({ output }: Line, bytes: number): void {
  for (let pushed = 0; pushed < bytes; pushed += chunk.length) {
    output.push(chunk)
    output.flush()
  }
}

describe('output waiting for slow readers on all connections', () => {
  it('is bounded: the connection with the most waiting is closed, the others receive everything (SECURITY-REVIEW 4)', async (t) => {
    const { all, dropped } = await lines(t, 3)
    const [slowest, slow, reading] = all as [Line, Line, Line]
    slowest.socket.pause()
    slow.socket.pause()
    push(reading, mib)
    push(slow, 6 * mib)
    push(slowest, 16 * mib)
    expect(dropped).toEqual([slowest.output])
    expect(slowest.output.unsent).toBe(0)
    expect(slow.output.unsent + reading.output.unsent).toBeLessThan(maxBytes)
    slow.socket.resume()
    slowest.socket.resume()
    await vi.waitFor(() => expect(slow.bytes).toBeGreaterThanOrEqual(6 * mib - chunk.length), { timeout: 100_000 })
    await vi.waitFor(() => expect(slowest.isClosed).toBe(true), { timeout: 100_000 })
    expect([slow, reading].map(({ isClosed }) => isClosed)).toEqual([false, false])
  })
  it('closes no connection for output that was read meanwhile', async (t) => {
    const { all, dropped } = await lines(t, 1)
    const [line] = all as [Line]
    for (let sent = 0; sent < 4 * maxBytes; sent += mib) {
      push(line, mib)
      await vi.waitFor(() => expect(line.output.unsent).toBe(0), { timeout: 100_000, interval: 1 })
    }
    expect(dropped).toEqual([])
  })
})
