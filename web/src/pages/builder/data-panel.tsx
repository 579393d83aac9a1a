import { useState } from 'react';
import {
  type Datum,
  datumAt,
  itemDatum,
  type Member,
  membersOf,
  pathText,
  plainPath,
  sampleText,
  typeOf,
} from '../../builder/data.ts';
import { isObject, ON_FAILURE, placeOf } from '../../builder/document.ts';
import { Button } from '../../components/button.tsx';
import { JsonTree } from '../../components/json-tree.tsx';
import { Skeleton } from '../../components/states.tsx';
import { useStore } from '../../data/store.ts';
import { useBuilder } from './builder-context.ts';
import { FunctionList } from './function-list.tsx';
import { Insert } from './insert.tsx';
import { insertTarget } from './insert-target.ts';
import { runMembers, stepDatum, useData, useStepDatum } from './use-data.ts';

const FIRST_MEMBERS = 100;
const FROM = { run: 'of the run that is shown', sample: 'pinned sample', test: 'last test' } as const;

/** Everything that the step can read, as a tree: a press on a name inserts its path where one typed last. */
export function DataPanel() {
  const [isOpen, setOpen] = useState(false);
  return (
    <details
      className="data-panel"
      onToggle={(event) => event.target === event.currentTarget && setOpen(event.currentTarget.open)}
    >
      <summary>Data and functions</summary>
      {isOpen && <DataBody />}
    </details>
  );
}

function DataBody() {
  const { document, selected } = useBuilder();
  const { steps } = useData();
  const target = useStore(insertTarget);
  const place = placeOf(document, selected);
  if (place === undefined) return null;
  const fixed: Record<string, Datum> = {
    ...(isObject(document.variables) && { variables: { value: document.variables } }),
    ...(isObject(document.secrets) && {
      secrets: { members: Object.fromEntries(Object.keys(document.secrets).map((name) => [name, {}])) },
    }),
    run: { members: runMembers(place.branchOf === ON_FAILURE) },
  };
  const forEach = isObject(place.step.for_each) ? place.step.for_each : undefined;
  return (
    <div className="data-body">
      <p className="soft small">
        {target?.isThere() === true
          ? `A press on a name inserts its path into “${target.label}”, at the cursor.`
          : 'Type in a field first: a press on a name then inserts its path at the cursor.'}
      </p>
      <section aria-label="Data">
        <ul className="data-tree">
          {forEach !== undefined && <ItemBranch items={String(forEach.items ?? '')} />}
          <StepBranch step="trigger" names={['trigger']} />
          {steps.map((step) => (
            <StepBranch key={step} step={step} names={['steps', step]} />
          ))}
          {Object.entries(fixed).map(([name, datum]) => (
            <Branch key={name} name={name} names={[name]} datum={datum} />
          ))}
        </ul>
      </section>
      <OwnOutput step={place.id} />
      <FunctionList />
    </div>
  );
}

/** What the step gives to those after it. It cannot read it itself. */
function OwnOutput({ step }: { step: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => event.target === event.currentTarget && setOpen(event.currentTarget.open)}>
      <summary>Output of this step</summary>
      {isOpen && <LoadedOutput step={step} />}
    </details>
  );
}

function LoadedOutput({ step }: { step: string }) {
  const { datum, data, isPending } = useStepDatum(step);
  if (isPending) return <Skeleton lines={2} />;
  if (data !== null && data !== undefined) {
    return (
      <>
        <p className="soft small">Values: {FROM[data.from]}.</p>
        <JsonTree value={data.value} />
      </>
    );
  }
  return (
    <>
      <p className="soft small">No data yet: names are those of the schema.</p>
      <ul className="data-tree">
        {membersOf(datum).map(({ name, datum: member }) => (
          <li key={name} className="data-row">
            <code>{name}</code>
            <span className="soft small">{typeOf(member)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

/** The trigger, or a step; its data is loaded when it is opened. */
function StepBranch({ step, names }: { step: string; names: readonly string[] }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <li>
      <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <code>{step}</code>
        </summary>
        {isOpen && <StepMembers step={step} names={names} />}
      </details>
    </li>
  );
}

function StepMembers({ step, names }: { step: string; names: readonly string[] }) {
  const { datum, data, isPending } = useStepDatum(step);
  if (isPending) return <Skeleton lines={2} />;
  return (
    <>
      <p className="soft small">
        {data === null || data === undefined
          ? 'No data yet: names are those of the schema. Test the step, pin a sample, or choose a run on the drawing.'
          : `Values: ${FROM[data.from]}.`}
      </p>
      <Members names={names} datum={step === 'trigger' ? datum : stepDatum(datum)} />
    </>
  );
}

/** The item of a loop; its members are those of the list, where that is a plain path to one step or the trigger. */
function ItemBranch({ items }: { items: string }) {
  const path = plainPath(items) ?? [];
  const step = path[0] === 'steps' ? path[1] : path[0] === 'trigger' ? 'trigger' : undefined;
  const index: Member = { name: 'index', datum: { schema: { type: 'integer' } } };
  return (
    <>
      {step === undefined ? (
        <Branch name="item" names={['item']} datum={{}} />
      ) : (
        <LoadedItem step={step} path={step === 'trigger' ? path.slice(1) : path.slice(2)} />
      )}
      <Branch name={index.name} names={[index.name]} datum={index.datum} />
    </>
  );
}

function LoadedItem({ step, path }: { step: string; path: readonly string[] }) {
  const { datum } = useStepDatum(step);
  const list = datumAt(step === 'trigger' ? datum : stepDatum(datum), path) ?? {};
  return <Branch name="item" names={['item']} datum={itemDatum(list)} />;
}

function Members({ names, datum }: { names: readonly string[]; datum: Datum }) {
  const [shown, setShown] = useState(FIRST_MEMBERS);
  const members = membersOf(datum);
  if (members.length === 0) return <p className="soft small">Nothing is known of what is in it.</p>;
  return (
    <ul className="data-tree">
      {members.slice(0, shown).map(({ name, datum: member }) => (
        <Branch key={name} name={name} names={[...names, name]} datum={member} />
      ))}
      {members.length > shown && (
        <li>
          <Button kind="quiet" onPress={() => setShown(shown * 10)}>
            Show more ({(members.length - shown).toLocaleString()} left)
          </Button>
        </li>
      )}
    </ul>
  );
}

function Branch({ name, names, datum }: { name: string; names: readonly string[]; datum: Datum }) {
  const [isOpen, setOpen] = useState(false);
  const insert = <Insert text={pathText(names)}>{name}</Insert>;
  const said = (
    <span className="soft small clip">
      {typeOf(datum)} {sampleText(datum)}
    </span>
  );
  if (membersOf(datum).length === 0) {
    return (
      <li className="data-row">
        {insert}
        {said}
      </li>
    );
  }
  return (
    <li>
      <div className="data-row">
        {insert}
        {said}
        <button type="button" className="link small" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? 'Close' : 'Open'}
          <span className="hidden"> members of {pathText(names)}</span>
        </button>
      </div>
      {isOpen && <Members names={names} datum={datum} />}
    </li>
  );
}
