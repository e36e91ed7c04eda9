// Runs a state machine in JSONata the way Step Functions does, with tasks that answer what each story says, and judges
// what it asks of them. Every expression of the definition must have been evaluated by the end.
//
//     NODE_PATH=… node machine.cjs FILE     FILE: the definition, rendered, and what it was rendered with
//
// The engine is JSONata 2.0.6, which is what Step Functions has. Says on stdout as JSON what commands the tasks were given.
'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const jsonata = require('jsonata');

const LIMIT = 262144; // bytes of an input, an output or a variable
const { definition, given } = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));

// ---- expressions ---------------------------------------------------------------------------------------------------

const expressions = new Map(); // where it stands -> its text
const states = []; // where each state stands
const visited = new Set();
const text = (value) => /^\{%[\s\S]*%\}$/.test(value) ? value.slice(2, -2).trim() : null;

function find(node, where) {
  if (typeof node === 'string') {
    if (text(node) !== null) expressions.set(where, text(node));
    else assert(!/\{%|%\}/.test(node), `${where}: half an expression is taken as a word`);
  } else if (node && typeof node === 'object') {
    for (const [name, inner] of Object.entries(node)) {
      assert(!name.endsWith('.$'), `${where}/${name}: a name of JSONPath`);
      if (name === 'States') for (const state of Object.keys(inner)) states.push(`${where}/States/${state}`);
      find(inner, `${where}/${name}`);
    }
  }
}

class Failure extends Error {
  constructor(error, cause) {
    super(`${error}: ${cause}`);
    this.error = error;
    this.cause = cause;
  }
}

const compiled = new Map();
async function evaluate(source, where, scope) {
  visited.add(where);
  assert(!/\$eval\b/.test(source), `${where}: Step Functions has no $eval`);
  let value;
  try {
    if (!compiled.has(source)) compiled.set(source, jsonata(source));
    value = await compiled.get(source).evaluate(undefined, scope);
  } catch (error) {
    throw new Failure('States.QueryEvaluationError', `${where}: ${error.message}`);
  }
  if (value === undefined || typeof value === 'function') throw new Failure('States.QueryEvaluationError', `${where}: no value`);
  // Kept as JSON: what a list of JSONata is beyond that does not outlive the expression.
  return typeof value === 'object' ? JSON.parse(JSON.stringify(value)) : value;
}

// A template: JSON in which some words are expressions.
async function fill(node, where, scope) {
  if (typeof node === 'string') return text(node) === null ? node : evaluate(text(node), where, scope);
  if (Array.isArray(node)) return Promise.all(node.map((inner, at) => fill(inner, `${where}/${at}`, scope)));
  if (node && typeof node === 'object') {
    const pairs = Object.entries(node).map(async ([name, inner]) => [name, await fill(inner, `${where}/${name}`, scope)]);
    return Object.fromEntries(await Promise.all(pairs));
  }
  return node;
}

const size = (value) => Buffer.byteLength(JSON.stringify(value));
function bounded(value, what) {
  if (size(value) > LIMIT) throw new Failure('States.DataLimitExceeded', `${what}: ${size(value)} bytes`);
  return value;
}

// ---- the machine ---------------------------------------------------------------------------------------------------

const UNTOLD = ['States.Runtime', 'States.DataLimitExceeded', 'States.QueryEvaluationError'];
const matches = (names, error) => names.includes(error) || (names.includes('States.ALL') && !UNTOLD.slice(0, 2).includes(error));

// One execution: `world(state, resource, arguments, attempt)` answers its tasks. What fails and is not caught ends it.
async function execute(machine, where, input, execution, world) {
  const path = [];
  try {
    return { path, ...(await steps(machine, where, input, execution, world, path)) };
  } catch (failure) {
    if (failure instanceof Failure) return { path, failed: failure };
    throw failure;
  }
}

async function steps(machine, where, input, execution, world, path) {
  let [name, value, count, variables] = [machine.StartAt, bounded(input, 'the input'), 0, {}];
  for (;;) {
    assert(++count < 20000, 'it does not end');
    path.push(name);
    const state = machine.States[name];
    const here = `${where}/States/${name}`;
    visited.add(here);
    const context = { Execution: execution, State: { Name: name, EnteredTime: execution.StartTime, RetryCount: 0 } };
    const scope = (more) => ({ ...variables, states: { input: value, context, ...more } });
    const leave = async (where, from, more, fallback) => {
      const output = 'Output' in from ? await fill(from.Output, `${where}/Output`, scope(more)) : fallback;
      const assigned = 'Assign' in from ? await fill(from.Assign, `${where}/Assign`, scope(more)) : {};
      for (const [variable, content] of Object.entries(assigned)) bounded(content, `$${variable}`);
      variables = { ...variables, ...assigned };
      value = bounded(output, `the output of ${name}`);
    };
    let next = state.Next;
    let result;
    if (state.Type === 'Choice') {
      next = state.Default;
      for (const [at, choice] of state.Choices.entries()) {
        const truth = await evaluate(text(choice.Condition), `${here}/Choices/${at}/Condition`, scope({}));
        assert.strictEqual(typeof truth, 'boolean', `${here}: a condition is true or false`);
        if (truth) {
          await leave(`${here}/Choices/${at}`, choice, {}, value);
          next = choice.Next;
          break;
        }
      }
      assert(next, `${here}: no way out`);
    } else if (state.Type === 'Pass') {
      await leave(here, state, {}, value);
    } else if (state.Type === 'Succeed') {
      await leave(here, state, {}, value);
      return { output: value };
    } else if (state.Type === 'Task' || state.Type === 'Map') {
      const tried = (state.Retry || []).map(() => 0);
      for (let attempt = 0; ; attempt++) {
        context.State.RetryCount = attempt;
        try {
          result = state.Type === 'Map' ? await map(state, here, scope, execution, world)
            : await world(name, state.Resource, await fill(state.Arguments, `${here}/Arguments`, scope({})), attempt, execution);
          await leave(here, state, { result }, result);
          break;
        } catch (failure) {
          if (!(failure instanceof Failure)) throw failure;
          const again = (state.Retry || []).findIndex((retry) => matches(retry.ErrorEquals, failure.error));
          if (again >= 0 && tried[again]++ < (state.Retry[again].MaxAttempts ?? 3)) continue;
          const caught = (state.Catch || []).findIndex((c) => matches(c.ErrorEquals, failure.error));
          if (caught < 0) throw failure;
          const errorOutput = { Error: failure.error, Cause: failure.cause };
          await leave(`${here}/Catch/${caught}`, state.Catch[caught], { errorOutput }, errorOutput);
          next = state.Catch[caught].Next;
          break;
        }
      }
    } else {
      assert.fail(`${here}: the judge does not know the type ${state.Type}`);
    }
    if (state.End && !next) return { output: value };
    assert(machine.States[next], `${here}: leads to ${next}, which is not there`);
    name = next;
  }
}

// A Distributed Map: an execution of its own for each item, which sees nothing of the variables around it.
async function map(state, where, scope, execution, world) {
  const items = await fill(state.Items, `${where}/Items`, scope({}));
  if (!Array.isArray(items)) throw new Failure('States.QueryEvaluationError', `${where}/Items: not a list: ${JSON.stringify(items)}`);
  assert.strictEqual(state.ItemProcessor.ProcessorConfig.Mode, 'DISTRIBUTED');
  const outputs = [];
  let failed = 0;
  for (const [Index, Value] of items.entries()) {
    const inner = scope({});
    inner.states.context = { ...inner.states.context, Map: { Item: { Index, Value } } };
    const input = await fill(state.ItemSelector, `${where}/ItemSelector`, inner);
    const Name = `child-${Index}-of-${execution.Name}`;
    const child = { ...execution, Name, Id: `${execution.Id}:${Name}`, Input: input, StartTime: '2026-11-23T09:00:59.999Z' };
    const ended = await execute(state.ItemProcessor, `${where}/ItemProcessor`, input, child, world);
    if (ended.failed) {
      failed++;
      // What failed is told with all that is known of it.
      outputs.push({ ExecutionArn: child.Id, Input: JSON.stringify(input), Status: 'FAILED', Name, Error: ended.failed.error, Cause: ended.failed.cause });
    } else {
      outputs.push(ended.output);
    }
  }
  if (items.length && (failed / items.length) * 100 > (state.ToleratedFailurePercentage ?? 0)) {
    throw new Failure('States.ExceedToleratedFailureThreshold', `${failed} of ${items.length}`);
  }
  return bounded(outputs, 'the results of the children');
}

// ---- the world -----------------------------------------------------------------------------------------------------

const id = (n) => String(200000000000 + n);
const asked = new Map(); // the form of a command that a task was given -> the command

// What AWS tells of a task that ended: a few KiB.
const task = (command) => ({
  Attachments: [{ Details: [['subnetId', 'subnet-1'], ['privateIPv4Address', '10.0.0.1']].map(([Name, Value]) => ({ Name, Value })), Status: 'DELETED' }],
  Containers: [{ ExitCode: 0, LastStatus: 'STOPPED', Name: 'keywitness', RuntimeId: 'r'.repeat(60), ImageDigest: `sha256:${'0'.repeat(64)}` }],
  Overrides: { ContainerOverrides: [{ Command: command, Environment: [], Name: 'keywitness' }] },
  ...Object.fromEntries(['TaskArn', 'ClusterArn', 'TaskDefinitionArn', 'ExecutionRoleArn', 'StoppedReason', 'PlatformVersion'].map((n) => [n, 'x'.repeat(150)])),
});

// `pages` is what Organizations has; `fails(state, account, attempt)` says whether that attempt fails.
function world({ pages = [], fails = () => false } = {}) {
  const seen = { pages: 0, kept: null, tasks: [], attempts: [] };
  const answer = async (state, resource, argument, attempt) => {
    const account = state === 'Collect' ? argument.Overrides.ContainerOverrides[0].Command[2] : null;
    seen.attempts.push([state, account, attempt]);
    const broken = () => {
      if (fails(state, account, attempt)) throw new Failure('States.TaskFailed', JSON.stringify(task([])));
    };
    if (resource === 'arn:aws:states:::aws-sdk:organizations:listAccounts') {
      broken();
      const token = argument.NextToken;
      assert.deepStrictEqual(argument, token === undefined ? { MaxResults: 20 } : { MaxResults: 20, NextToken: token });
      const at = token === undefined ? 0 : Number(token.slice('page-'.length));
      assert(at < pages.length, `page ${at} was asked for`);
      seen.pages++;
      const Accounts = pages[at].map((account) => ({ Id: account, Status: 'ACTIVE', Name: 'a "name" {% $x %}' }));
      return at + 1 < pages.length ? { Accounts, NextToken: `page-${at + 1}` } : { Accounts };
    }
    if (resource === 'arn:aws:states:::aws-sdk:s3:putObject') {
      broken();
      assert.strictEqual(argument.Bucket, given.bucket);
      assert.strictEqual(argument.ExpectedBucketOwner, given.account);
      // A list is written as JSON; a text would be written with quotation marks around all of it.
      assert(Array.isArray(argument.Body), `accounts.json is a list: ${JSON.stringify(argument.Body)}`);
      seen.kept = { key: argument.Key, body: argument.Body };
      return { ETag: '"0"', VersionId: 'v' };
    }
    assert.strictEqual(resource, 'arn:aws:states:::ecs:runTask.sync');
    assert.strictEqual(argument.Cluster, given.cluster);
    assert.strictEqual(argument.LaunchType, 'FARGATE');
    assert.deepStrictEqual(argument.NetworkConfiguration.AwsvpcConfiguration.Subnets, given.subnets);
    const [container, ...others] = argument.Overrides.ContainerOverrides;
    assert.strictEqual(others.length, 0);
    assert.strictEqual(container.Name, given.container);
    for (const word of container.Command) assert.strictEqual(typeof word, 'string', `a word of a command: ${JSON.stringify(word)}`);
    // One of each form is enough for the program, whatever account and place.
    const form = container.Command.map((w) => w.replace(/^\d{12}$/, 'account').replace(/^s3:.*/, 'place')).join(' ');
    if (!asked.has(form)) asked.set(form, container.Command);
    seen.tasks.push({ state, command: container.Command });
    broken();
    return task(container.Command);
  };
  return { seen, answer };
}

const START = '2026-11-23T09:00:00.123Z';
async function run(name, input, story) {
  const { seen, answer } = world(story);
  const execution = { Id: `arn:aws:states:eu-west-1:${given.account}:execution:keywitness:${name}`, Name: name, Input: input, StartTime: START, RedriveCount: 0 };
  return { ...(await execute(definition, '', input, execution, answer)), ...seen };
}

const option = (command, word) => command[command.indexOf(word) + 1];
const collects = (ended) => ended.tasks.filter((t) => t.state === 'Collect').map((t) => t.command);
const reports = (ended) => ended.tasks.filter((t) => t.state === 'Report').map((t) => t.command);

// What holds of every execution that came to its end.
function whole(ended, name, accounts) {
  assert(!ended.failed, `${name}: ${ended.failed}`);
  const place = `s3://${given.bucket}/snapshots/${name}`;
  assert.deepStrictEqual(ended.kept, { key: `snapshots/${name}/accounts.json`, body: accounts }, name);
  assert.deepStrictEqual([...new Set(collects(ended).map((c) => option(c, '--account')))], accounts, name);
  for (const command of collects(ended)) {
    assert.strictEqual(command[0], 'collect');
    assert.strictEqual(option(command, '--upload'), place);
    assert.strictEqual(option(command, '--bucket-owner'), given.account);
    assert(command.includes('--accept-gaps') && command.includes('--all-regions'));
  }
  // All tasks are told the same window.
  assert(new Set(collects(ended).map((c) => `${option(c, '--from')} ${option(c, '--to')}`)).size <= 1, name);
  for (const command of reports(ended)) {
    assert.deepStrictEqual(command.slice(0, 2), ['report', place]);
    assert.strictEqual(option(command, '--sign'), `kms:${given.key}`);
    assert.strictEqual(option(command, '--archive'), `s3://${given.bucket}/packs`);
    assert(command.includes('--accept-gaps'));
  }
  assert.strictEqual(ended.path.at(-1), 'Report');
}

const stories = {
  async 'accounts of the organization, over pages'() {
    const all = Array.from({ length: 45 }, (_, n) => id(n));
    const ended = await run('pages', {}, { pages: [all.slice(0, 20), [], all.slice(20, 40), all.slice(40)] });
    whole(ended, 'pages', all);
    assert.strictEqual(ended.pages, 4);
    assert.strictEqual(option(collects(ended)[0], '--from'), '2026-08-26T09:00:00.123Z');
    assert.strictEqual(option(collects(ended)[0], '--to'), START);
    assert.strictEqual(reports(ended).length, 1);
  },
  async 'an organization of one account'() {
    whole(await run('one', {}, { pages: [[id(1)]] }), 'one', [id(1)]);
    whole(await run('late', {}, { pages: [[], [id(1)]] }), 'late', [id(1)]);
    whole(await run('alone', { accounts: [] }, { pages: [[id(1), id(2)]] }), 'alone', [id(1), id(2)]);
  },
  async 'accounts as a list'() {
    const window = { from: '2026-07-01', to: '2026-09-28' };
    for (const accounts of [[id(1)], [id(1), id(2)], [id(3), id(2), id(1)]]) {
      const ended = await run('list', { ...window, accounts }, {});
      whole(ended, 'list', accounts);
      assert.strictEqual(ended.pages, 0, 'Organizations is not asked');
      for (const command of collects(ended)) assert.deepStrictEqual([option(command, '--from'), option(command, '--to')], ['2026-07-01', '2026-09-28']);
    }
  },
  async 'no account at all'() {
    const ended = await run('none', {}, { pages: [[]] });
    whole(ended, 'none', []);
    assert.strictEqual(reports(ended).length, 1, 'the report says that there is nothing, and fails');
  },
  async 'one account fails for good, and is on the list'() {
    const ended = await run('fails', { accounts: [id(1), id(2), id(3)] }, { fails: (state, account) => account === id(2) });
    whole(ended, 'fails', [id(1), id(2), id(3)]);
    const tries = collects(ended).filter((c) => c[2] === id(2));
    assert.strictEqual(tries.length, 3);
    assert.strictEqual(new Set(tries.map((c) => JSON.stringify(c))).size, 1, 'each attempt has the same command');
    assert.strictEqual(reports(ended).length, 1);
  },
  async 'one attempt fails, the next does not'() {
    const ended = await run('again', { accounts: [id(1)] }, { fails: (state, account, attempt) => state !== 'KeepList' && attempt === 0 });
    whole(ended, 'again', [id(1)]);
    assert.deepStrictEqual(ended.attempts.map(([state, , attempt]) => `${state} ${attempt}`), ['KeepList 0', 'Collect 0', 'Collect 1', 'Report 0', 'Report 1']);
    assert.strictEqual(new Set(reports(ended).map((c) => JSON.stringify(c))).size, 1);
  },
  async 'every account fails'() {
    const accounts = Array.from({ length: 3000 }, (_, n) => id(n));
    const ended = await run('all-fail', { accounts }, { fails: (state) => state === 'Collect' });
    whole(ended, 'all-fail', accounts);
    assert.strictEqual(reports(ended).length, 1, 'the pack is made of gaps');
  },
  async 'AWS slows down, and then answers'() {
    const ended = await run('slow', {}, { pages: [[id(1)], [id(2)]], fails: (state, account, attempt) => attempt < 3 && /List/.test(state) });
    whole(ended, 'slow', [id(1), id(2)]);
  },
  async 'what is no whole list is no list'() {
    for (const broken of ['ListAccounts', 'KeepList']) {
      const ended = await run(broken, {}, { pages: [[id(1)], [id(2)]], fails: (state) => state === broken });
      assert.strictEqual(ended.failed?.error, 'States.TaskFailed', broken);
      assert.strictEqual(ended.attempts.length - ended.pages, 7, broken);
      assert.strictEqual(ended.tasks.length, 0, 'nothing is collected');
    }
  },
  async 'a report that fails twice fails the execution'() {
    const ended = await run('no-report', { accounts: [id(1)] }, { fails: (state) => state === 'Report' });
    assert.strictEqual(ended.failed?.error, 'States.TaskFailed');
    assert.strictEqual(reports(ended).length, 2);
  },
  async 'two executions never meet, nor do those of one name and its beginning'() {
    const places = [];
    for (const name of ['a', 'a1', 'nightly-2026-11-23']) places.push(option(collects(await run(name, { accounts: [id(1)] }, {}))[0], '--upload'));
    assert.strictEqual(new Set(places).size, 3);
  },
  async 'as many accounts as the book says'() {
    const all = Array.from({ length: 17000 }, (_, n) => id(n));
    const pages = Array.from({ length: 850 }, (_, n) => all.slice(n * 20, n * 20 + 20));
    whole(await run('large', {}, { pages }), 'large', all);
  },
};

// What the judge must see, shown to it first.
async function sees() {
  const execution = { Id: 'x', Name: 'x', Input: {}, StartTime: START };
  const error = async (States) => (await execute({ StartAt: 'A', States }, 'shown', {}, execution, world().answer)).failed?.error;
  for (const wrong of ['$nothing', '$states.input.absent', '$count(', '$lower(7)', '$states.context.Map.Item.Value']) {
    assert.strictEqual(await error({ A: { Type: 'Pass', Output: `{% ${wrong} %}`, End: true } }), 'States.QueryEvaluationError', wrong);
  }
  const child = { ProcessorConfig: { Mode: 'DISTRIBUTED' }, StartAt: 'B', States: { B: { Type: 'Pass', Output: '{% $outer %}', End: true } } };
  const around = { Type: 'Pass', Assign: { outer: 'seen' }, Next: 'M' };
  const inner = { Type: 'Map', Items: '{% [1] %}', ItemSelector: '{% $outer %}', ItemProcessor: child, End: true };
  assert.strictEqual(await error({ A: around, M: inner }), 'States.ExceedToleratedFailureThreshold', 'a child sees no variable');
  assert.strictEqual(await error({ A: { Type: 'Pass', Output: 'x'.repeat(LIMIT), End: true } }), 'States.DataLimitExceeded');
}

async function main() {
  find(definition, '');
  assert(expressions.size > 0, 'no expression was found');
  await sees();
  for (const [name, story] of Object.entries(stories)) {
    try {
      await story();
    } catch (error) {
      throw new Error(`${name}: ${error.message}`);
    }
  }
  const left = [...expressions.keys(), ...states].filter((where) => !visited.has(where));
  assert.strictEqual(left.length, 0, `never reached: ${left.join(', ')}`);
  process.stdout.write(JSON.stringify({ expressions: expressions.size, stories: Object.keys(stories).length, commands: [...asked.values()] }));
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
