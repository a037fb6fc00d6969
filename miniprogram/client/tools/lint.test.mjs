import assert from 'node:assert/strict'
import fs from 'node:fs'
import test from 'node:test'
import { expressionFaults, tagFaults } from './wxml.mjs'

const fixture = (name) => fs.readFileSync(new URL(`fixtures/${name}.wxml`, import.meta.url), 'utf8')
const lines = (faults) => faults.map(({ line, says }) => `${line} ${says}`)

test('what WeChat does not compile is refused, each with its line', () => {
  const text = fixture('refused')
  assert.deepEqual(lines(expressionFaults(text)), [
    '2 {{a?.b}} has optional chaining (?.)',
    '3 {{a ?? b}} has ?? in place of ||',
    '4 {{`${a}`}} has a template string',
    '5 {{items.map(x)}} has a call',
    '6 {{items.filter(x => x.on)}} has an arrow function',
    '6 {{items.filter(x => x.on)}} has a call',
    '6 {{new Date}} has new',
    '7 {{...a}} has a spread outside of data',
    '7 {{typeof a}} has an operator of scripts',
    '8 {{f(a)}} has a call',
  ])
  assert.deepEqual(lines(tagFaults(text, [])), [
    '8 <div> is no tag of the bench and no declared component',
    '9 <x-unknown> is no tag of the bench and no declared component',
  ])
})

test('what WeChat compiles is taken', () => {
  const text = fixture('taken')
  assert.deepEqual(lines(expressionFaults(text)), [])
  assert.deepEqual(lines(tagFaults(text, ['x-known'])), [])
})
