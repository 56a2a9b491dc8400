// @vitest-environment happy-dom
import { expect, it } from 'vitest'
import { createApp, h } from 'vue'
import { missingFeatures, mountOver } from '../../../src/client/app/mount.ts'

function broken(): never {
  throw new TypeError('lacking')
}

function serverPage() {
  const root = document.createElement('div')
  root.innerHTML = '<form action="/"><textarea></textarea></form>'
  return { root, form: root.querySelector('form') }
}

it('mount › replaces the page of the server', () => {
  const { root } = serverPage()
  mountOver(createApp({ render: () => h('p', 'chat') }), root)
  expect(root.innerHTML).toBe('<p>chat</p>')
})
it.for([
  ['setup', { setup: () => broken(), render: () => h('p') }],
  ['render', { render: () => broken() }],
  ['a child', { render: () => h({ render: () => broken() }) }],
] as const)('mount › restores the page of the server when %s fails (FAULTS 6)', ([, component]) => {
  const { root, form } = serverPage()
  expect(() => mountOver(createApp(component), root)).toThrow('lacking')
  expect(root.firstElementChild).toBe(form)
})
it('mount › names what the browser lacks (FAULTS 6)', () => {
  const HTMLElement = { prototype: { showPopover() {}, checkVisibility() {} } }
  const browser = { WebSocket, Proxy, AbortController, URL, HTMLElement }
  expect(missingFeatures(browser)).toEqual([])
  const { Proxy: _, ...withoutProxy } = browser
  expect(missingFeatures(withoutProxy)).toEqual(['Proxy'])
  expect(missingFeatures({ ...browser, HTMLElement: { prototype: { checkVisibility() {} } } })).toEqual(['showPopover'])
})
