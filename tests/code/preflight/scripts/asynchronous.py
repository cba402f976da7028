# mypy: ignore-errors
import asyncio
import pandas as pd

async def load(name):
    return await asyncio.to_thread(pd.read_csv, f"input/{name}.csv")

async def pulses():
    while True:
        await asyncio.sleep(0)
        yield 1

async def main():
    train, test = await asyncio.gather(load("train"), load("test"))
    async for pulse in pulses():
        break
    print([p async for p in once()])
    test["SalePrice"] = train["SalePrice"].mean() * pulse
    test[["Id", "SalePrice"]].to_csv("submission.csv", index=False)

async def once():
    yield 2

asyncio.run(main())
