"""A plan: pillars, then their distribution over the slots, then all posts at once; the first failure ends the rest."""

import asyncio
import json

import planning


class PlanWriter:
    def __init__(self, database, knowledge, model):
        self.database, self.knowledge, self.model = database, knowledge, model
        self.gate = asyncio.Semaphore(planning.CONTRACT["concurrency"])

    async def accept(self, brand, request):
        plan = planning.new_plan(brand, request)
        await self.database.plans.insert_one({"_id": plan["id"]} | {key: plan[key] for key in plan if key != "id"})
        return plan | {"posts": []}

    async def plan(self, stored):
        posts = [post async for post in self.database.posts.find({"planId": stored["id"]}).sort("scheduledAt", 1)]
        return stored | {"posts": [{"id": post.pop("_id")} | post for post in posts]}

    async def save(self, id, **changes):
        await self.database.plans.update_one({"_id": id}, {"$set": changes | {"updatedAt": planning.now()}})

    async def end(self, id, state):
        await self.save(id, state={"succeeded": "ready"}.get(state, state))

    async def ask(self, body):
        async with self.gate:
            answer = await self.model.chat.completions.create(**body)
        return json.loads(answer.choices[0].message.content)

    async def run(self, brand, plan, report):
        total = len(plan["slots"]) + 2
        await report("pillars", 0, total)
        found = await self.knowledge.search(brand, planning.pillar_questions(brand), planning.PER_QUESTION)
        passages = planning.interleaved(found, planning.PILLAR_PASSAGES)
        pillars = (await self.ask(planning.pillars_call(brand, plan, passages)))["pillars"]
        await self.save(plan["id"], state="running", pillars=pillars)
        await report("distribution", 1, total)
        answer = await self.ask(planning.distribution_call(brand, plan, pillars, passages))
        slots = planning.assigned(plan["slots"], answer)
        await self.save(plan["id"], slots=slots)
        await report("posts", 2, total)
        await self.write_posts(brand, plan, slots, report)

    async def write_posts(self, brand, plan, slots, report):
        questions = [question for slot in slots for question in planning.post_questions(slot)]
        found = await self.knowledge.search(brand, questions, planning.PER_QUESTION)
        done = 2

        async def write(slot, lists):
            nonlocal done
            passages = planning.interleaved(lists, planning.POST_PASSAGES)
            answer = await self.ask(planning.post_call(brand, slot, passages))
            await self.database.posts.insert_one(planning.post_record(brand, plan, slot, answer, passages))
            done += 1
            await report("posts", done, len(slots) + 2)

        async with asyncio.TaskGroup() as group:
            for index, slot in enumerate(slots):
                group.create_task(write(slot, found[index * 3 : index * 3 + 3]))
