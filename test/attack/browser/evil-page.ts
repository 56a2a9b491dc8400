/**
 * What a page of another site tries in the browser of a signed-in user. Each function runs in that page, so it
 * stands for itself, and says what it got: nothing, when it was withstood.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Cleanup } from '../../support/server/server.ts'
import type { Body } from '../http/form-fields.ts'

export interface EvilSite {
  port: number
  /** The cookies that browsers brought along. */
  cookies: string[]
}

/** Serves an empty page at every path. */
export async function startEvilSite(t: Cleanup): Promise<EvilSite> {
  const cookies: string[] = []
  const server = createServer(({ headers }, response) => {
    if (headers.cookie) cookies.push(headers.cookie)
    response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>evil</title>')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { port: (server.address() as AddressInfo).port, cookies }
}

export function upgrade({ url, protocol }: { url: string; protocol: string }): Promise<string> {
  const socket = protocol ? new WebSocket(url, protocol) : new WebSocket(url)
  return new Promise((resolve) => {
    socket.onopen = () => resolve('it opened')
    socket.onerror = () => resolve('')
  })
}

export async function read({ url, mode }: { url: string; mode: RequestMode }): Promise<string> {
  try {
    return await (await fetch(url, { mode, credentials: 'include' })).text()
  } catch {
    return ''
  }
}

export async function post({ url, type, text }: Body & { url: string }): Promise<string> {
  for (const mode of ['cors', 'no-cors'] as const) {
    const headers = type ? { 'Content-Type': type } : {}
    const got = await fetch(url, { method: 'POST', mode, credentials: 'include', headers, body: text })
      .then((response) => response.text())
      .catch(() => '')
    if (got) return got
  }
  return ''
}

interface FormToSend {
  url: string
  enctype: string
  fields: Record<string, string>
}

/** Sent into a frame, where nobody sees it. Resolves when an answer is there. */
export async function form({ url, enctype, fields }: FormToSend): Promise<string> {
  const frame = document.createElement('iframe')
  frame.name = `frame${Math.random()}`
  const form = document.createElement('form')
  Object.assign(form, { method: 'post', action: url, enctype, target: frame.name })
  for (const [name, value] of Object.entries(fields)) {
    const input = document.createElement('input')
    Object.assign(input, { type: 'hidden', name, value })
    form.append(input)
  }
  document.body.append(frame, form)
  const answered = new Promise((resolve) => {
    frame.onload = resolve
  })
  form.submit()
  await answered
  try {
    return frame.contentDocument?.body.innerText ?? ''
  } catch {
    return ''
  }
}

export function embed({ tag, attribute, url }: { tag: string; attribute: string; url: string }): Promise<string> {
  const element = document.createElement(tag)
  if (tag === 'link') element.setAttribute('rel', 'stylesheet')
  return new Promise((resolve) => {
    element.onload = () => resolve(`${tag} was loaded`)
    element.onerror = () => resolve('')
    element.setAttribute(attribute, url)
    document.body.append(element)
  })
}

/** Opens a window and keeps it: `isWithinReach` asks for it when its page is loaded. */
export function openWindow(url: string): void {
  Object.assign(window, { opened: window.open(url) })
}

/** A window that the browser has taken away looks closed. */
export function isWithinReach(): boolean {
  const { opened } = window as unknown as { opened: Window | null }
  return opened?.closed === false
}
