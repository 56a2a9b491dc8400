// @vitest-environment happy-dom
import { expect, it } from 'vitest'
import { createApp, h } from 'vue'
import { lacks, takeOver } from '../../../src/client/app/mount.ts'

function broken(): never {
  throw new TypeError('lacking')
}

function serverPage() {
  const root = document.createElement('div')
  root.innerHTML = '<form action="/"><textarea></textarea></form>'
  return { root, form: root.querySelector('form') }
}

it('replaces the page of the server', () => {
  const { root } = serverPage()
  takeOver(createApp({ render: () => h('p', 'chat') }), root)
  expect(root.innerHTML).toBe('<p>chat</p>')
})
it.for([
  ['setup', { setup: () => broken(), render: () => h('p') }],
  ['render', { render: () => broken() }],
  ['a child', { render: () => h({ render: () => broken() }) }],
] as const)('puts the page of the server back when %s fails (FAULTS 6)', ([, component]) => {
  const { root, form } = serverPage()
  expect(() => takeOver(createApp(component), root)).toThrow('lacking')
  expect(root.firstElementChild).toBe(form)
})
it('names what a browser lacks (FAULTS 6)', () => {
  expect(lacks(globalThis)).toEqual([])
  expect(lacks({ WebSocket, AbortController, URL })).toEqual(['Proxy'])
})
