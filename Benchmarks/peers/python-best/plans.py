"""A plan: pillars, then their distribution over the slots, then all posts at once; the first failure ends the rest."""

import asyncio

import orjson

import planning


class PlanWriter:
    def __init__(self, database, knowledge, session, models):
        self.database, self.knowledge, self.session = database, knowledge, session
        self.url = models + "/chat/completions"
        self.gate = asyncio.Semaphore(planning.CONTRACT["concurrency"])

    async def accept(self, brand, request):
        plan = planning.new_plan(brand, request)
        await self.database.plans.insert_one({"_id": plan["id"]} | {key: plan[key] for key in plan if key != "id"})
        return plan | {"posts": []}

    async def posts(self, plan_id):
        found = await self.database.posts.find({"planId": plan_id}).sort("scheduledAt", 1).to_list()
        return [{"id": post.pop("_id")} | post for post in found]

    async def save(self, id, **changes):
        await self.database.plans.update_one({"_id": id}, {"$set": changes | {"updatedAt": planning.now()}})

    async def end(self, id, state):
        await self.save(id, state={"succeeded": "ready"}.get(state, state))

    async def ask(self, body):
        async with self.gate, self.session.post(self.url, json=body) as response:
            response.raise_for_status()
            answer = orjson.loads(await response.read())
        return orjson.loads(answer["choices"][0]["message"]["content"])

    async def run(self, brand, plan, report):
        total = len(plan["slots"]) + 2
        await report(0, total, "pillars")
        found = await self.knowledge.search(brand, planning.pillar_questions(brand), planning.PER_QUESTION)
        passages = planning.interleaved(found, planning.PILLAR_PASSAGES)
        pillars = (await self.ask(planning.pillars_call(brand, plan, passages)))["pillars"]
        await self.save(plan["id"], state="running", pillars=pillars)
        await report(1, total, "distribution")
        answer = await self.ask(planning.distribution_call(brand, plan, pillars, passages))
        slots = planning.assigned(plan["slots"], answer)
        # Neither waits for the other: the plan with its slots is stored while the evidence is looked for.
        questions = [question for slot in slots for question in planning.post_questions(slot)]
        async with asyncio.TaskGroup() as group:
            searched = group.create_task(self.knowledge.search(brand, questions, planning.PER_QUESTION))
            group.create_task(self.save(plan["id"], slots=slots))
            group.create_task(report(2, total, "posts"))
        await self.write_posts(brand, plan, slots, searched.result(), report)

    async def write_posts(self, brand, plan, slots, found, report):
        done = 2

        async def write(slot, lists):
            nonlocal done
            passages = planning.interleaved(lists, planning.POST_PASSAGES)
            answer = await self.ask(planning.post_call(brand, slot, passages))
            await self.database.posts.insert_one(planning.post_record(brand, plan, slot, answer, passages))
            done += 1
            await report(done, len(slots) + 2)

        async with asyncio.TaskGroup() as group:
            for index, slot in enumerate(slots):
                group.create_task(write(slot, found[index * 3 : index * 3 + 3]))
