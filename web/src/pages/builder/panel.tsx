import { forwardRef, type KeyboardEvent } from 'react';
import { placeOf, placesOf } from '../../builder/document.ts';
import { duplicateStep, moveStep, removeStep } from '../../builder/edit.ts';
import { TRIGGER_NODE } from '../../builder/graph.ts';
import { copySteps } from '../../builder/transfer.ts';
import { Button } from '../../components/button.tsx';
import { copyText } from '../../components/copy-id.tsx';
import { EmptyState } from '../../components/states.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { useBuilder } from './builder-context.ts';
import { DataPanel } from './data-panel.tsx';
import { FieldErrors } from './field-errors.tsx';
import { FirstSteps } from './first-steps.tsx';
import { InputTab } from './input-tab.tsx';
import { SettingsTab } from './settings-tab.tsx';
import { StepRun } from './step-run.tsx';
import { Sample, TestTab } from './test-tab.tsx';
import { TriggerPanel } from './trigger-panel.tsx';

/** What is selected: the trigger, or a step with its tabs. */
export const Panel = forwardRef<HTMLElement, { tab: string | undefined }>(function Panel({ tab }, ref) {
  const builder = useBuilder();
  const { document, selected, select } = builder;
  const place = placeOf(document, selected);
  if (selected === TRIGGER_NODE) {
    const tabs = [
      { id: 'input', title: 'Input', content: () => <TriggerPanel /> },
      { id: 'test', title: 'Test', content: () => <Sample step="trigger" label="Sample of the trigger as JSON" /> },
    ];
    return (
      <section ref={ref} className="panel" aria-label="Trigger" tabIndex={-1} onKeyDown={backToOutline}>
        <div className="panel-scroll">
          <h2>Trigger</h2>
          <FieldErrors pointer="/trigger" />
          <Tabs label="Trigger" tabs={tabs} selected={tab} onSelect={(id) => select(selected, id)} />
        </div>
      </section>
    );
  }
  if (place === undefined) {
    return (
      <section ref={ref} className="panel" aria-label="Step" tabIndex={-1}>
        <div className="panel-scroll">
          {selected === undefined && placesOf(document).length === 0 ? (
            <FirstSteps />
          ) : (
            <EmptyState title={selected === undefined ? 'Nothing is selected' : 'This step is gone'}>
              Select the trigger or a step in the outline or the graph. Enter opens it.
            </EmptyState>
          )}
        </div>
      </section>
    );
  }
  const tabs = [
    { id: 'input', title: 'Input', content: () => <InputTab place={place} /> },
    { id: 'settings', title: 'Settings', content: () => <SettingsTab place={place} /> },
    { id: 'test', title: 'Test', content: () => <TestTab key={place.key} place={place} /> },
  ];
  return (
    <section ref={ref} className="panel" aria-label={`Step ${place.key}`} tabIndex={-1} onKeyDown={backToOutline}>
      <div className="panel-scroll">
        <div className="row panel-head">
          <h2 className="clip">{place.key}</h2>
          <StepButtons stepKey={place.key} />
        </div>
        <FieldErrors pointer={place.pointer} />
        <StepRun step={place.id} />
        <Tabs label={`Step ${place.key}`} tabs={tabs} selected={tab} onSelect={(id) => select(selected, id)} />
      </div>
      {tab !== 'test' && <DataPanel key={place.key} />}
    </section>
  );
});

/** Without a hundred places of the graph between. What an open list or editor makes of Escape comes first. */
function backToOutline({ key, defaultPrevented, currentTarget }: KeyboardEvent<HTMLElement>): void {
  if (key !== 'Escape' || defaultPrevented) return;
  currentTarget.closest('.builder')?.querySelector<HTMLElement>('[role=tree]')?.focus();
}

function StepButtons({ stepKey }: { stepKey: string }) {
  const { document, edit, select, canEdit, announce } = useBuilder();
  const copy = async () => {
    await copyText(copySteps(document, [stepKey]));
    announce(`Copied ${stepKey}`);
  };
  return (
    <div className="row">
      <Button kind="quiet" onPress={() => void copy()}>
        Copy
      </Button>
      {canEdit && (
        <>
          <Button kind="quiet" onPress={() => edit((before) => moveStep(before, stepKey, -1))}>
            Move up
          </Button>
          <Button kind="quiet" onPress={() => edit((before) => moveStep(before, stepKey, 1))}>
            Move down
          </Button>
          <Button
            kind="quiet"
            onPress={() => {
              const made = duplicateStep(document, stepKey);
              edit(() => made.document);
              select(made.key);
            }}
          >
            Duplicate
          </Button>
          <Button
            kind="quiet"
            onPress={() => {
              edit((before) => removeStep(before, stepKey));
              select(undefined);
              announce(`Removed ${stepKey}`);
            }}
          >
            Remove
          </Button>
        </>
      )}
    </div>
  );
}
